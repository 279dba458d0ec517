import { parseArgs } from 'node:util';
import { provisionNative } from './provision/provision-native';

// Always exits 0 but for a misused option: without a native library the project runs on WebAssembly.
try {
  const options = { 'dry-run': { type: 'boolean' }, json: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options });
  const log = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
  const result = await provisionNative({ dryRun: values['dry-run'] ?? false, log });
  if (values.json) process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
  else if (!values['dry-run']) log(result.ok ? `native library: ${result.reason}` : `WebAssembly: ${result.reason}`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\nusage: provision-main [--dry-run] [--json]\n`);
  process.exitCode = 2;
}
