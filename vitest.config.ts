import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'datasets/*/src/**/*.test.ts', 'tools/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/fixtures/**'],
    reporters: ['default', './tools/vitest/closing-line-reporter.ts'],
    // One temporary folder for the run, gone when it ends.
    globalSetup: ['./tools/vitest/temporary-folder.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Numerical tests share two cores with libtensorflow's own threads.
    pool: 'forks',
    maxWorkers: 2,
  },
});
