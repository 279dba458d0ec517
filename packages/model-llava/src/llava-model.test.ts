import { injectAdapters } from '@moslora/adapters';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { adapterConfigSchema } from '@moslora/specs';
import { expectNoLeak, maxAbsDiff } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withLlavaFolder } from './fixtures/random-llava';
import { loadLlavaFolder } from './load-folder';
import type { LlavaBatch, LlavaModel } from './llava-model';

const P = -200;
const none = -100;

describe('LlavaModel', () => {
  let model: LlavaModel;
  let batch: LlavaBatch & { features: tf.Tensor3D };
  beforeAll(async () => {
    await startBackend();
    model = await withLlavaFolder((dir) => loadLlavaFolder(dir));
    const features = model.features(tf.randomNormal([2, 3, 16, 16], 0, 1, 'float32', 7) as tf.Tensor4D);
    const inputIds = Int32Array.from([1, P, P, P, P, 5, 6, 7, 8, P, P, P, P, 3, 4, 9, 0, 0]);
    const labels = Int32Array.from([
      ...new Array<number>(6).fill(none),
      6,
      7,
      8,
      ...new Array<number>(5).fill(none),
      9,
      none,
      none,
      none,
    ]);
    labels[14] = 4;
    batch = { size: 2, inputIds, labels, features };
  });
  afterAll(() => model.dispose());

  const lossOf = (): tf.Scalar => model.lossSum(batch).loss;
  const variables = (): tf.Variable[] => model.parameters().map(({ value }) => value);

  it('sums the cross-entropy of every label given what stands before it', () => {
    const { loss, tokens } = model.lossSum(batch);
    const log = tf.logSoftmax(tf.reshape(model.logits(batch), [18, -1])).arraySync() as number[][];
    let expected = 0;
    let count = 0;
    batch.labels.forEach((label, i) => {
      if (label === none || i % 9 === 0) return;
      expected -= log[i - 1]![label]!;
      count += 1;
    });
    expect(tokens).toBe(count);
    expect(loss.dataSync()[0]).toBeCloseTo(expected, 3);
  });

  it('does not depend on what stands in the padding', () => {
    const other = { ...batch, inputIds: batch.inputIds.map((id, i) => (i >= 16 ? 33 : id)) };
    expect(model.lossSum(other).loss.dataSync()[0]).toBe(lossOf().dataSync()[0]);
  });

  it('does not see padding on the left either, where it is told of it', () => {
    const shift = (row: ArrayLike<number>, fill: number): number[] => [fill, fill, ...Array.from(row)];
    const features = tf.slice(batch.features, [0, 0, 0], [1, -1, -1]);
    const [ids, labels] = [batch.inputIds.slice(0, 9), batch.labels.slice(0, 9)];
    const plain = model.lossSum({ size: 1, inputIds: ids, labels, features });
    const padded = model.lossSum({
      size: 1,
      inputIds: Int32Array.from(shift(ids, 0)),
      labels: Int32Array.from(shift(labels, none)),
      visible: Int32Array.from(shift(new Int32Array(9).fill(1), 0)),
      features,
    });
    // Rotary positions count from the padding on, but only their differences matter.
    expect(maxAbsDiff(plain.loss, padded.loss)).toBeLessThan(1e-4);
    expect(padded.tokens).toBe(plain.tokens);
  });

  it('gives the projector the gradient that differences give', () => {
    const { grads } = tf.variableGrads(lossOf, variables());
    const [weight] = variables() as [tf.Variable];
    const gradient = grads[weight.name]!;
    const slope = tf.norm(gradient).dataSync()[0]!;
    const direction = tf.div(gradient, slope);
    const original = tf.clone(weight);
    const at = (step: number): number => {
      weight.assign(tf.add(original, tf.mul(direction, step)));
      return lossOf().dataSync()[0]!;
    };
    const measured = (at(0.01) - at(-0.01)) / 0.02;
    weight.assign(original);
    expect(Math.abs(slope - measured) / Math.abs(measured)).toBeLessThan(0.02);
  });

  it('has the same loss from pixels as from features seen before', () => {
    const pixels = tf.randomNormal([2, 3, 16, 16], 0, 1, 'float32', 7) as tf.Tensor4D;
    const features = model.features(pixels);
    const [seen, fresh] = [
      model.lossSum({ ...batch, features }),
      model.lossSum({ ...batch, features: undefined, pixels }),
    ];
    expect(maxAbsDiff(seen.loss, fresh.loss)).toBeLessThan(1e-5);
  });

  it('has the same gradients with recomputed layers', () => {
    const plain = tf.variableGrads(lossOf, variables()).grads;
    model.checkpointing = true;
    const recomputed = tf.variableGrads(lossOf, variables()).grads;
    model.checkpointing = false;
    for (const name of Object.keys(plain)) expect(maxAbsDiff(plain[name]!, recomputed[name]!)).toBe(0);
    for (const gradient of Object.values(plain)) expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(1e-4);
  });

  it('tells its adapters of the step, so that dropout is the same again in the same step only', async () => {
    const adapted = await withLlavaFolder((dir) => loadLlavaFolder(dir));
    const config = adapterConfigSchema.parse({ method: 'moslora', rank: 4, alpha: 8, dropout: 0.5 });
    const adapters = injectAdapters(adapted.decoder.slots(), config, new Rng(1));
    adapted.adapters = adapters;
    for (const { name, value } of adapters.parameters()) {
      if (name.endsWith('lora_B.weight')) value.assign(tf.randomNormal(value.shape, 0, 0.3, 'float32', 2));
    }
    const lossAt = (step: number): number => {
      const learning = adapted.parameters().map(({ value }) => value);
      const made = tf.variableGrads(() => adapted.lossSum(batch, { step, microStep: 0 }).loss, learning);
      return made.value.dataSync()[0]!;
    };
    expect(adapted.parameters().map(({ group }) => group)).toContain('adapter');
    expect(lossAt(1)).toBe(lossAt(1));
    expect(lossAt(2)).not.toBe(lossAt(1));
    adapted.dispose();
  });

  it('has nothing to learn from a batch without labels', () => {
    const { loss, tokens } = model.lossSum({ ...batch, labels: new Int32Array(18).fill(none) });
    expect([loss.dataSync()[0], tokens]).toEqual([0, 0]);
  });

  it('leaks nothing in a training step', async () => {
    await expectNoLeak(() => {
      const { value, grads } = tf.variableGrads(lossOf, variables());
      tf.dispose([value, ...Object.values(grads)]);
    });
  });
});
