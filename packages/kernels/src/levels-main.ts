import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ableLevels } from './native/cpu-level';
import { provisionKernels } from './native/provision-kernels';

// Runs the kernels' tests with the fused ops compiled for each level that this processor can run, and with the plain ops:
// npx nx run kernels:levels [-- FOLDER …]
const root = fileURLToPath(new URL('../../..', import.meta.url));
const asked = process.argv.slice(2);
const folders = asked.length > 0 ? asked : ['packages/kernels'];
const failed: string[] = [];

delete process.env['MOSLORA_KERNELS'];
for (const level of ableLevels()) {
  process.env['MOSLORA_CPU_LEVEL'] = level;
  const { ok, reason } = await provisionKernels({ log: console.log });
  if (!ok) failed.push(`${level}: ${reason}`);
  else test(level);
}
delete process.env['MOSLORA_CPU_LEVEL'];
process.env['MOSLORA_KERNELS'] = 'plain';
test('plain ops');
console.log(failed.length === 0 ? 'all levels passed' : `failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function test(name: string): void {
  console.log(`\n${name}`);
  const { status } = spawnSync('npx', ['vitest', 'run', ...folders], { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed.push(name);
}
