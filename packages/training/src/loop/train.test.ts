import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativePaths, startBackend, tf } from '@moslora/runtime';
import { trainConfigSchema, type StepMetrics } from '@moslora/specs';
import { beforeAll, describe, expect, it } from 'vitest';
import { regressionTask } from '../fixtures/regression-task';
import { train } from './train';
import type { TrainOptions } from './train-options';

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
    .map((line) => (JSON.parse(line) as { loss: number | null }).loss);

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

  it('writes memory and the length of the run with every step, and reads the mixers every so many steps', async () => {
    const task = regressionTask(10);
    const reading = {
      modules: 1,
      measured: 1,
      singularValues: { min: 0, median: 1, max: 2 },
      distance: { min: 1, median: 1, max: 1 },
    };
    let asked = 0;
    const mixers = () => (asked++, reading);
    const runDir = folder();
    await run(task, runDir, { steps: 7, mixerEvery: 3 }, { mixers });
    const written = readFileSync(join(runDir, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const lines = written.map((line) => JSON.parse(line) as StepMetrics);
    expect(lines.map(({ step, total }) => [step, total])).toEqual([1, 2, 3, 4, 5, 6, 7].map((step) => [step, 7]));
    for (const { memoryBytes } of lines) expect(memoryBytes).toBeGreaterThan(1e7);
    expect(lines.flatMap(({ step, mixers }) => (mixers ? [[step, mixers]] : []))).toEqual(
      [1, 3, 6, 7].map((step) => [step, reading]),
    );
    expect(asked).toBe(4);
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

  it('refuses to go on when what is trained has changed, and starts over when told to', async () => {
    const runDir = folder();
    await run(regressionTask(13), runDir, { steps: 3 });
    const other = (more: object, settings = {}, samples = 13) =>
      run(regressionTask(samples), runDir, { steps: 3, ...settings }, more);
    await expect(other({ identity: 'other' })).rejects.toThrow(
      /belongs to another configuration or other data\n.*step-00000003\n.*got +identity test\n.*expected identity other\n.*--resume never/,
    );
    await expect(other({}, { seed: 7 })).rejects.toThrow(
      /got +seed 42; 13 samples, in epoch 1 ordered as \w+\n.*seed 7; 13 /,
    );
    await expect(other({}, {}, 14)).rejects.toThrow(/got +13 samples, in epoch 1.*\n.*expected 14 samples, in epoch 1/);
    expect((await other({})).resumedFrom).toBe(3);
    expect((await other({ identity: 'other', resume: 'never' })).resumedFrom).toBe(0);
  });

  it('goes back to the checkpoint of a step, and names those there are', async () => {
    const runDir = folder();
    const settings = { steps: 9, keepCheckpoints: 3 };
    await run(regressionTask(13), runDir, settings);
    await expect(run(regressionTask(13), runDir, settings, { resume: 5 })).rejects.toThrow(
      /There is no checkpoint of step 5\n.*\n.*expected 3, 6, 9\n/,
    );
    const before = readFileSync(join(runDir, 'checkpoints/step-00000009/moments.safetensors'));
    expect(await run(regressionTask(13), runDir, settings, { resume: 3 })).toMatchObject({ resumedFrom: 3, steps: 9 });
    expect(readFileSync(join(runDir, 'checkpoints/step-00000009/moments.safetensors'))).toEqual(before);
  });

  it('says so where no checkpoint is whole, and keeps them', async () => {
    const runDir = folder();
    await run(regressionTask(13), runDir, { steps: 3 });
    truncateSync(join(runDir, 'checkpoints/step-00000003/adapter.safetensors'), 20);
    await expect(run(regressionTask(13), runDir, { steps: 3 })).rejects.toThrow(
      /No checkpoint of this run is whole\n[^]*step-00000003 is damaged \(adapter\.safetensors does not match its hash\)[^]*--resume never/,
    );
    expect(readdirSync(join(runDir, 'checkpoints'))).toEqual(['step-00000003']);
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

  const breaking = (task: ReturnType<typeof regressionTask>, broken: (step: number) => boolean) => ({
    ...task.trainable,
    lossSum: (...[batch, context]: Parameters<typeof task.trainable.lossSum>) => {
      const { loss, tokens } = task.trainable.lossSum(batch, context);
      return { loss: broken(context.step) ? tf.mul<tf.Scalar>(loss, NaN) : loss, tokens };
    },
  });

  it('skips a step whose loss is not finite, counts it, and gives up after so many in a row with advice', async () => {
    const task = regressionTask(8);
    const before = task.values();
    const failing = (runDir: string, settings: object) =>
      run(task, runDir, { steps: 9, ...settings }, { trainable: breaking(task, () => true) as never });
    await expect(failing(folder(), {})).rejects.toThrow(
      /Training diverged: 5 steps in a row[^]*where +step 5\n[^]*lower learningRate \(now 0\.1\)/,
    );
    await expect(failing(folder(), { stopAfterSkips: 2 })).rejects.toThrow(/diverged: 2 steps in a row/);
    expect(task.values()).toEqual(before);
    // Skips are counted across attempts: one more is the fifth.
    const runDir = folder();
    const abort = new AbortController();
    const onProgress = ({ step }: { step: number }) => step === 4 && abort.abort();
    const trainable = breaking(task, () => true) as never;
    await run(task, runDir, { steps: 9 }, { trainable, signal: abort.signal, onProgress: onProgress as never });
    await expect(failing(runDir, {})).rejects.toThrow(/diverged: 5 steps in a row[^]*where +step 5\n/);
    task.dispose();
  });

  it('learns on past skipped steps as if they had not been, and writes their loss as null', async () => {
    const task = regressionTask(8);
    const runDir = folder();
    const trainable = breaking(task, (step) => [1, 2, 5].includes(step)) as never;
    const result = await run(task, runDir, { steps: 9 }, { trainable });
    expect(result).toMatchObject({ steps: 9, skippedSteps: 3 });
    expect(losses(runDir).flatMap((loss, index) => (loss === null ? [index] : []))).toEqual([1, 2, 5]);
    expect(result.finalLoss).toBeGreaterThan(0);
    for (const value of task.values().flat()) expect(value).not.toBeNaN();
    task.dispose();
  });
});
