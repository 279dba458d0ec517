import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBackend } from '@moslora/runtime';
import { trainConfigSchema, validationSettings } from '@moslora/specs';
import { train } from '../loop/train';
import { wideTask } from './wide-task';

/**
 * The training run that is killed: `child-main.ts RUN_DIR BACKEND`. It writes `resumed K`, a line a step, and `done` to stdout, and the samples
 * of every step to order.jsonl. Exits with 28, ENOSPC's number, where the disk is full.
 */
const [runDir = '', backend = 'wasm'] = process.argv.slice(2);
await startBackend({ backend: backend === 'native' ? 'native' : 'wasm' });
const { trainable, source, seen } = wideTask(23, 1);
const heldOut = wideTask(8, 2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const order = join(runDir, 'order.jsonl');

try {
  appendFileSync(order, '\n'); // ends a line that an earlier kill cut short
  const result = await train({
    ...{ trainable, source, runDir, identity: 'killed' },
    config: trainConfigSchema.parse({
      ...{ steps: 60, batchSize: 2, accumulate: 2, learningRate: 1e-3, emaDecay: 0.9 },
      ...{ checkpointEvery: 2, keepCheckpoints: 2 },
    }),
    validation: { source: heldOut.source, settings: validationSettings.parse({ every: 10, take: 'last' }) },
    texts: { 'template.json': '{"name":"plain"}\n' },
    log: say,
    onProgress: ({ step }) => {
      appendFileSync(order, `${JSON.stringify({ step, samples: seen.splice(0) })}\n`);
      say(`step ${step}`);
    },
  });
  say(`done ${result.steps}`);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  process.exitCode = 28;
}
