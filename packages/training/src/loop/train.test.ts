import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativePaths, startBackend, tf } from '@moslora/runtime';
import { trainConfigSchema } from '@moslora/specs';
import { beforeAll, describe, expect, it } from 'vitest';
import { regressionTask } from '../fixtures/regression-task';
import { train, type TrainOptions } from './train';

const folder = () => mkdtempSync(join(tmpdir(), 'train-'));
const config = (settings: object) =>
  trainConfigSchema.parse({
    learningRate: 0.1,
    projectorLearningRate: 0.05,
    batchSize: 4,
    warmup: 0,
    checkpointEvery: 3,
    ...settings,
  });
const losses = (runDir: string) =>
  readFileSync(join(runDir, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { loss: number }).loss);

function run(
  task: ReturnType<typeof regressionTask>,
  runDir: string,
  settings: object,
  more: Partial<TrainOptions<never>> = {},
) {
  return train({
    trainable: task.trainable,
    source: task.source,
    config: config(settings),
    runDir,
    identity: 'test',
    ...(more as object),
  });
}

const backends = nativePaths() ? (['wasm', 'native'] as const) : (['wasm'] as const);

describe.each(backends)('train on %s', (backend) => {
  beforeAll(async () => {
    await startBackend({ backend });
  });

  it('learns, and leaks no tensor', async () => {
    const task = regressionTask(40);
    const before = tf.memory().numTensors;
    const runDir = folder();
    const result = await run(task, runDir, { steps: 60 });
    expect(tf.memory().numTensors).toBe(before);
    const curve = losses(runDir);
    expect(curve).toHaveLength(60);
    expect(result.finalLoss).toBeLessThan((curve[0] as number) / 20);
    expect(result).toMatchObject({ steps: 60, interrupted: false, resumedFrom: 0, skippedSteps: 0 });
    task.dispose();
  });

  it('tells the source, before each step, which samples this one and the next four take', async () => {
    const task = regressionTask(10);
    const told: { coming: number[]; taken: number }[] = [];
    const ahead = (coming: readonly number[]): void => void told.push({ coming: [...coming], taken: task.seen.length });
    await run(
      task,
      folder(),
      { steps: 7, batchSize: 2, accumulate: 2 },
      { source: { ...task.source, ahead } as never },
    );
    expect(told.map(({ taken }) => taken)).toEqual([0, 4, 8, 12, 16, 20, 24]);
    for (const { coming, taken } of told) expect(coming).toEqual(task.seen.slice(taken, taken + 20));
    expect(told.at(-1)?.coming).toHaveLength(4);
    task.dispose();
  });

  it('sees every sample once an epoch, with a short last step', async () => {
    const task = regressionTask(10);
    const result = await run(task, folder(), { epochs: 1 });
    expect(result.steps).toBe(3);
    expect([...task.seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    task.dispose();
  });

  it('accumulates to the same result as the big batch, though samples hold different numbers of tokens', async () => {
    const [big, small] = [regressionTask(24), regressionTask(24)];
    await run(big, folder(), { steps: 5, batchSize: 12 });
    await run(small, folder(), { steps: 5, batchSize: 3, accumulate: 4 });
    const [a, b] = [big.values().flat(), small.values().flat()];
    a.forEach((value, index) => expect(b[index]).toBeCloseTo(value, 6));
    big.dispose();
    small.dispose();
  });

  it('stops on a signal with a checkpoint, and goes on to the very same tensors, losses and order', async () => {
    const [whole, first, second] = [regressionTask(13), regressionTask(13), regressionTask(13)];
    const [wholeDir, resumedDir] = [folder(), folder()];
    await run(whole, wholeDir, { steps: 11, checkpointEvery: 100 });
    const abort = new AbortController();
    const stopped = await run(
      first,
      resumedDir,
      { steps: 11, checkpointEvery: 100 },
      {
        signal: abort.signal,
        onProgress: ({ step }) => step === 5 && abort.abort(),
      },
    );
    expect(stopped).toMatchObject({ steps: 5, interrupted: true });
    const resumed = await run(second, resumedDir, { steps: 11, checkpointEvery: 100 });
    expect(resumed).toMatchObject({ steps: 11, interrupted: false, resumedFrom: 5 });
    expect(second.values()).toEqual(whole.values());
    expect(losses(resumedDir)).toEqual(losses(wholeDir));
    expect([...first.seen, ...second.seen]).toEqual(whole.seen);
    [whole, first, second].forEach((task) => task.dispose());
  });

  it('passes over a damaged checkpoint, says so, and cuts the metrics back', async () => {
    const runDir = folder();
    await run(regressionTask(13), runDir, { steps: 6 });
    const newest = join(runDir, 'checkpoints', readdirSync(join(runDir, 'checkpoints')).sort().at(-1) as string);
    truncateSync(join(newest, 'moments.safetensors'), 20);
    const lines: string[] = [];
    const resumed = await run(regressionTask(13), runDir, { steps: 8 }, { log: (line) => lines.push(line) });
    expect(lines[0]).toContain('moments.safetensors does not match its hash');
    expect(resumed.resumedFrom).toBe(3);
    expect(losses(runDir)).toHaveLength(8);
  });

  it('starts over when what is trained has changed', async () => {
    const runDir = folder();
    await run(regressionTask(13), runDir, { steps: 3 });
    const lines: string[] = [];
    const again = await run(
      regressionTask(13),
      runDir,
      { steps: 3 },
      { identity: 'other', log: (line) => lines.push(line) },
    );
    expect(again.resumedFrom).toBe(0);
    expect(lines[0]).toContain('another configuration');
  });

  it('keeps the newest checkpoints only, and drops a metrics line that a kill cut short', async () => {
    const runDir = folder();
    await run(regressionTask(13), runDir, { steps: 9, keepCheckpoints: 2 });
    expect(readdirSync(join(runDir, 'checkpoints')).sort()).toEqual(['step-00000006', 'step-00000009']);
    writeFileSync(
      join(runDir, 'metrics.jsonl'),
      readFileSync(join(runDir, 'metrics.jsonl'), 'utf8') + '{"step":10,"lo',
    );
    await run(regressionTask(13), runDir, { steps: 10 });
    expect(losses(runDir)).toHaveLength(10);
  });

  it('skips a step whose loss is not finite, and gives up after five in a row with advice', async () => {
    const task = regressionTask(8);
    const broken = {
      ...task.trainable,
      lossSum: (...args: Parameters<typeof task.trainable.lossSum>) => {
        const { loss, tokens } = task.trainable.lossSum(...args);
        return { loss: tf.mul<tf.Scalar>(loss, NaN), tokens };
      },
    };
    const before = task.values();
    await expect(
      train({ trainable: broken, source: task.source, config: config({ steps: 9 }), runDir: folder(), identity: 'x' }),
    ).rejects.toThrow(/Training diverged: 5 steps in a row[^]*lower learningRate \(now 0\.1\)/);
    expect(task.values()).toEqual(before);
    task.dispose();
  });
});
