import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativePaths, Rng, startBackend } from '@moslora/runtime';
import { trainConfigSchema, validationSettings } from '@moslora/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { regressionTask } from '../fixtures/regression-task';
import { train } from './train';

const root = mkdtempSync(join(tmpdir(), 'exact-'));
let folders = 0;

/** Settings that a resumed run must follow as exactly as the plain ones. */
const kinds: Record<string, { settings: object; validation?: object }> = {
  plain: { settings: {} },
  'accumulated, short last steps': { settings: { batchSize: 2, accumulate: 3, epochs: 5.5, steps: undefined } },
  'like-long samples together': { settings: { groupByLength: true } },
  'with restarts and decay': { settings: { schedule: 'cosine-restarts', weightDecay: 0.1, warmup: 0.2 } },
  'with a moving average': { settings: { emaDecay: 0.9 } },
  'validated, the best taken': { settings: { emaDecay: 0.9 }, validation: { every: 4 } },
  'stopped early': { settings: {}, validation: { every: 2, earlyStop: { patience: 2, minDelta: 0.5 } } },
};

/** Trains, stopped after each of `stops` and gone on with in a new task; gives all that a run leaves, without its times. */
async function outcome({ settings, validation }: (typeof kinds)[string], stops: readonly number[]) {
  const runDir = join(root, String(folders++));
  const config = trainConfigSchema.parse({
    ...{ learningRate: 0.1, projectorLearningRate: 0.05, batchSize: 4, steps: 17, checkpointEvery: 5, ...settings },
  });
  const seen: number[] = [];
  let values: number[][] = [];
  let result;
  for (const stop of [...stops, Infinity]) {
    const [task, heldOut] = [regressionTask(13), regressionTask(7, 2)];
    const source = { ...task.source, lengths: () => Array.from({ length: 13 }, (_, i) => (i * 5) % 7) };
    const abort = new AbortController();
    result = await train({
      ...{ trainable: task.trainable, source, config, runDir, identity: 'exact', signal: abort.signal },
      onProgress: ({ step }) => step === stop && abort.abort(),
      ...(validation && {
        validation: { source: heldOut.source, settings: validationSettings.parse(validation) },
      }),
    });
    seen.push(...task.seen);
    values = task.values();
    [task, heldOut].forEach((each) => each.dispose());
  }
  const { seconds: _, resumedFrom: __, ...facts } = result!;
  const lines = (name: string): unknown[] =>
    readFileSync(join(runDir, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0, memoryBytes: 0 }));
  const last = join(runDir, 'checkpoints', readdirSync(join(runDir, 'checkpoints')).sort().at(-1)!);
  const files = readdirSync(last).filter((name) => name.endsWith('.safetensors'));
  const hashes = files.map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(last, name)))
      .digest('hex'),
  ]);
  return {
    ...{ facts, seen, values, hashes },
    steps: lines('metrics.jsonl'),
    validations: validation ? lines('validation.jsonl') : [],
  };
}

const backends = nativePaths() ? (['wasm', 'native'] as const) : (['wasm'] as const);

describe.each(backends)('a resumed run on %s', (backend) => {
  beforeAll(async () => {
    await startBackend({ backend });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(Object.entries(kinds))('equals the uninterrupted one to the last bit, %s', async (name, kind) => {
    const whole = await outcome(kind, []);
    const files = ['adapter', 'moments', 'projector'].map((file) => `${file}.safetensors`);
    expect(whole.hashes.map(([file]) => file)).toEqual(expect.arrayContaining(files));
    expect(whole.hashes).toHaveLength('emaDecay' in kind.settings ? 4 : 3);
    const rng = new Rng(name);
    const drawn = [1 + rng.int(8), 9 + rng.int(7)];
    for (const stops of [[1], [16], drawn]) expect(await outcome(kind, stops)).toEqual(whole);
  });
});
