import { fileURLToPath } from 'node:url';
import { nativePaths, runCommand } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { detectTools, obstacleTo } from './build-tools';
import { kernelsMode } from './kernels-mode';
import { provisionKernels } from './provision-kernels';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const library = nativePaths();
const obstacle =
  library === undefined
    ? 'there is no native library (npx nx run runtime:provision)'
    : obstacleTo('emulated', library, await detectTools(runCommand));
if (obstacle !== undefined) process.stderr.write(`skipped: the ops' CUDA code on an emulation of a GPU: ${obstacle}\n`);

// Only where nothing else is asked for: the run below is of the same tests.
describe.skipIf(obstacle !== undefined || kernelsMode() !== 'auto')(
  "the ops' CUDA code, on an emulation of a GPU's blocks",
  () => {
    beforeAll(async () => {
      vi.stubEnv('MOSLORA_KERNELS', 'emulated');
      const { ok, reason } = await provisionKernels();
      if (!ok) throw new Error(reason);
    }, 15 * 60_000);
    afterAll(() => vi.unstubAllEnvs());

    it(
      'passes the tests of the ops',
      async () => {
        const folders = ['packages/kernels', '--exclude', '**/kernels/src/native/**'];
        const { code, stdout, stderr } = await runCommand('npx', ['vitest', 'run', ...folders, '--maxWorkers', '1'], {
          cwd: root,
          env: { MOSLORA_KERNELS: 'emulated', MOSLORA_EMULATED_ORDER: 'mixed', NO_COLOR: '1' },
        });
        expect(code, `${stdout}\n${stderr}`).toBe(0);
        expect(stdout).toMatch(/\d{3} passed, 0 failed/);
      },
      15 * 60_000,
    );
  },
);
