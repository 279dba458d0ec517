import { TestRuns } from './run-tests';

// Runs the kernels' tests with the ops' CUDA code on an emulation of a block of threads, under each order that these take turns in:
// npx nx run kernels:emulated [-- FOLDER …]
const tests = new TestRuns();
for (const order of ['up', 'down', 'mixed'])
  await tests.run(`emulated, order ${order}`, { MOSLORA_KERNELS: 'emulated', MOSLORA_EMULATED_ORDER: order });
tests.finish();
