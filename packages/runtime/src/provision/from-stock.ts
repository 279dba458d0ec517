import { cpSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { tfjsNodeFolder } from './build-binding';
import { lastLine, type CommandRunner } from './command';
import type { NativePaths } from './native-paths';

const TIMEOUT_MS = 5 * 60_000;

/** Fills `paths` by tfjs-node's own install script, run on a copy so that node_modules stays as npm left it. */
export async function provisionFromStock(
  paths: NativePaths,
  run: CommandRunner,
  log: (line: string) => void,
): Promise<void> {
  const source = tfjsNodeFolder();
  const modules = dirname(dirname(source));
  for (const name of ['binding', 'binding.gyp', 'package.json', 'scripts']) {
    cpSync(join(source, name), join(paths.root, name), { recursive: true });
  }
  log("running tfjs-node's own install script");
  const env = {
    NODE_PATH: modules,
    PATH: `${join(modules, '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  const script = join(paths.root, 'scripts', 'install.js');
  const result = await run(process.execPath, [script, 'cpu', 'download'], {
    cwd: paths.root,
    env,
    timeout: TIMEOUT_MS,
  });
  const built = findBinding(join(paths.root, 'lib'));
  if (result.code !== 0 || !built) throw new Error(`tfjs-node's install script failed: ${lastLine(result)}`);
  if (built !== paths.binding) {
    mkdirSync(dirname(paths.binding), { recursive: true });
    renameSync(built, paths.binding);
  }
}

function findBinding(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const name = (readdirSync(folder, { recursive: true }) as string[]).find((path) =>
    path.endsWith('tfjs_binding.node'),
  );
  return name && join(folder, name);
}
