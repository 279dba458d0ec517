import { ableLevels } from './native/cpu-level';
import { TestRuns } from './run-tests';

// Runs the tests of the kernels and of weights in 4 bits with the fused ops compiled for each level that this processor can run, and with the plain ops:
// npx nx run kernels:levels [-- FOLDER …]
const tests = new TestRuns();
for (const level of ableLevels()) await tests.run(level, { MOSLORA_KERNELS: 'auto', MOSLORA_CPU_LEVEL: level });
await tests.run('plain ops', { MOSLORA_KERNELS: 'plain', MOSLORA_CPU_LEVEL: '' });
tests.finish();
