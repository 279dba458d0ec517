import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend, tf } from '@moslora/runtime';
import { trainConfigSchema, validationSettings, type ValidationLine } from '@moslora/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAverage, readParameters } from '../checkpoints/tensor-files';
import { regressionTask } from '../fixtures/regression-task';
import { train } from '../loop/train';
import type { TrainOptions } from '../loop/train-options';
import { noteLoss, notValidated } from './note-loss';
import { meanLoss } from './validation';

const root = mkdtempSync(join(tmpdir(), 'validation-'));
let folders = 0;

/** A run that is validated on other samples of the task than it is trained on. */
async function run(settings: object, validation: object, more: Partial<TrainOptions<never>> = {}) {
  const runDir = join(root, String(folders++));
  const task = regressionTask(24);
  const heldOut = regressionTask(9, 5);
  const lines: string[] = [];
  const result = await train({
    ...{ trainable: task.trainable, source: task.source, runDir, identity: 'v', log: (line) => lines.push(line) },
    config: trainConfigSchema.parse({ learningRate: 0.3, batchSize: 4, warmup: 0, checkpointEvery: 4, ...settings }),
    validation: { source: heldOut.source, settings: validationSettings.parse(validation) },
    ...(more as object),
  });
  const written = readFileSync(join(runDir, 'validation.jsonl'), 'utf8').trim().split('\n');
  const validations = written.map((line) => JSON.parse(line) as ValidationLine);
  const measured = await meanLoss(task.trainable, heldOut.source, 4, 0);
  const checkpoints = readdirSync(join(runDir, 'checkpoints')).sort();
  const values = task.values();
  [task, heldOut].forEach((each) => each.dispose());
  return { result, validations, measured, checkpoints, values, lines, runDir };
}

describe('validation', () => {
  beforeAll(() => startBackend({ backend: 'wasm' }));
  afterAll(() => rmSync(root, { recursive: true }));

  it('takes the mean over all held-out label tokens, whatever the batch, and leaves no tensor', async () => {
    const task = regressionTask(9, 5);
    const before = tf.memory().numTensors;
    const [byTwo, whole] = [
      await meanLoss(task.trainable, task.source, 2, 0),
      await meanLoss(task.trainable, task.source, 9, 0),
    ];
    expect(tf.memory().numTensors).toBe(before);
    expect(byTwo.loss).toBeCloseTo(whole.loss, 5);
    expect(byTwo.tokens).toBe(whole.tokens);
    expect(task.seen).toHaveLength(18);
    task.dispose();
  });

  it('measures every so many steps and after the last one', async () => {
    const { validations, result, lines } = await run({ steps: 10 }, { every: 4, take: 'last' });
    expect(validations.map(({ step }) => step)).toEqual([4, 8, 10]);
    expect(result.validation?.best?.loss).toBe(Math.min(...validations.map(({ loss }) => loss!)));
    expect(result.weightsOfStep).toBe(10);
    expect(lines.join('\n')).toMatch(/step 4: validation loss \d+\.\d{4}, the least so far/);
  });

  it('keeps the best checkpoint out of rotation and ends with its weights', async () => {
    const settings = { steps: 24, learningRate: 0.8, schedule: 'constant', keepCheckpoints: 1 };
    const { validations, result, measured, checkpoints, values, lines, runDir } = await run(settings, { every: 1 });
    const best = validations.reduce((least, each) => (each.loss! < least.loss! ? each : least));
    expect(best.step).toBeLessThan(24);
    expect(result).toMatchObject({
      weightsOfStep: best.step,
      validation: { best: { step: best.step, loss: best.loss } },
    });
    expect(measured.loss).toBeCloseTo(best.loss!, 5);
    const names = [best.step, 24].map((step) => `step-${String(step).padStart(8, '0')}`);
    expect(checkpoints).toEqual(names);
    const kept = readParameters(join(runDir, 'checkpoints', names[0]!));
    expect(values).toEqual(['weight', 'bias'].map((name) => [...kept.get(name)!]));
    expect(lines.at(-1)).toContain(`taking the weights of step ${best.step}, which had the least validation loss`);
  });

  it('stops early, after so many validations without a better loss', async () => {
    const never = { patience: 3, minDelta: 1e9 };
    const { result, validations, lines } = await run({ steps: 30 }, { every: 2, earlyStop: never });
    expect(validations.map(({ step, best }) => [step, best])).toEqual([
      [2, true],
      [4, false],
      [6, false],
      [8, false],
    ]);
    expect(result).toMatchObject({
      steps: 8,
      interrupted: false,
      weightsOfStep: 2,
      validation: { stoppedEarly: true },
    });
    expect(lines.join('\n')).toContain('stopping early: no better validation loss 3 times');
  });

  it('validates the moving average and ends with it, while training goes on with its own values', async () => {
    const plain = await run({ steps: 12 }, { every: 4, take: 'last' });
    const averaged = await run({ steps: 12, emaDecay: 0.95 }, { every: 4, take: 'last' });
    const last = join(averaged.runDir, 'checkpoints', averaged.checkpoints.at(-1)!);
    const flat = (values: ReadonlyMap<string, Float32Array>) =>
      ['weight', 'bias'].map((name) => [...values.get(name)!]);
    expect(flat(readParameters(last))).toEqual(plain.values);
    expect(averaged.values).toEqual(flat(readAverage(last)!));
    expect(averaged.values).not.toEqual(plain.values);
    expect(averaged.measured.loss).toBeCloseTo(averaged.validations.at(-1)!.loss!, 5);
    expect(averaged.validations.at(-1)!.loss).not.toBe(plain.validations.at(-1)!.loss);
  });

  it('averages as the formula says', async () => {
    const runDir = join(root, String(folders++));
    const task = regressionTask(24);
    const seen = [task.values()];
    const config = trainConfigSchema.parse({ learningRate: 0.1, batchSize: 4, steps: 5, emaDecay: 0.3 });
    const onProgress = () => void seen.push(task.values());
    await train({ trainable: task.trainable, source: task.source, config, runDir, identity: 'a', onProgress });
    let expected = seen[0]!.flat();
    seen.slice(1).forEach((values, index) => {
      const d = Math.min(0.3, (2 + index) / (11 + index));
      expected = expected.map((a, i) => d * a + (1 - d) * values.flat()[i]!);
    });
    task
      .values()
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    task.dispose();
  });

  it('writes what the model answers beside the loss', async () => {
    let asked = 0;
    const examples = () =>
      Promise.resolve([{ sample: 'a', question: 'q|?', expected: 'e', answer: `answer ${++asked}` }]);
    const heldOut = regressionTask(9, 5);
    const settings = validationSettings.parse({ every: 2 });
    const { validations, runDir } = await run(
      { steps: 4 },
      {},
      { validation: { source: heldOut.source as never, settings, examples } },
    );
    const question = { sample: 'a', question: 'q|?', expected: 'e' };
    expect(validations.map((line) => line.examples)).toEqual([
      [{ ...question, answer: 'answer 1' }],
      [{ ...question, answer: 'answer 2' }],
    ]);
    const folder = join(runDir, 'tensorboard');
    const events = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    expect(events.join('')).toContain('| a | q\\|? | e | answer 2 |');
  });

  it('never takes a loss that is not finite for the best', () => {
    const settings = { earlyStop: { patience: 2, minDelta: 0 } };
    const first = noteLoss(notValidated, { step: 1, loss: NaN }, settings);
    expect(first).toEqual({ sinceBest: 1, stopped: false });
    const second = noteLoss(first, { step: 2, loss: 3 }, settings);
    expect(second).toEqual({ best: { step: 2, loss: 3 }, sinceBest: 0, stopped: false });
    expect(noteLoss(noteLoss(second, { step: 3, loss: Infinity }, settings), { step: 4, loss: 3 }, settings)).toEqual({
      ...{ best: { step: 2, loss: 3 }, sinceBest: 2, stopped: true },
    });
  });
});
