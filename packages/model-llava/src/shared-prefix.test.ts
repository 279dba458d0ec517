import { startBackend, tf } from '@moslora/runtime';
import { maxAbsDiff } from '@moslora/testing';
import { collate, sharePrefix } from '@moslora/tokenization';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withLlavaFolder } from './fixtures/random-llava';
import { loadLlavaFolder } from './load-folder';
import type { LlavaModel } from './llava-model';

const slot = -200;
const none = -100;
const conversation = (prompt: number[], answer: number[]) => ({
  inputIds: [...prompt, ...answer],
  labels: [...prompt.map(() => none), ...answer],
});

describe('conversations that share a prefix', () => {
  let model: LlavaModel;
  let features: tf.Tensor3D;
  const conversations = [
    conversation([1, slot, 5, 6], [7, 8]),
    conversation([1, slot, 5, 9, 10, 11], [3]),
    conversation([1, slot, 4], [6, 2, 2]),
  ];
  const options = { patchesPerSlot: 4, padId: 0, maxLength: 64 };

  beforeAll(async () => {
    await startBackend();
    model = await withLlavaFolder((dir) => loadLlavaFolder(dir));
    features = model.features(tf.randomNormal([1, 3, 16, 16], 0, 1, 'float32', 7) as tf.Tensor4D);
  });
  afterAll(() => {
    features.dispose();
    model.dispose();
  });

  const apart = (): tf.Scalar =>
    tf.addN(conversations.map((each) => model.lossSum({ ...collate([each], options), features }).loss)) as tf.Scalar;
  const together = (): tf.Scalar =>
    // A second row, shorter and without branches, makes padding.
    model.lossSum({
      ...collate([sharePrefix(conversations), conversation([1, 2], [3])], options),
      features,
    }).loss;
  const second = (): tf.Scalar => model.lossSum(collate([conversation([1, 2], [3])], options)).loss;

  it('lose the same as one by one', () => {
    const expected = tf.add(apart(), second()).dataSync()[0] as number;
    expect(together().dataSync()[0]).toBeCloseTo(expected, 4);
  });

  it('give the same gradients, with recomputed layers too', () => {
    const variables = model.parameters().map(({ value }) => value);
    const expected = tf.variableGrads(apart, variables).grads;
    for (const checkpointing of [false, true]) {
      model.checkpointing = checkpointing;
      const { grads } = tf.variableGrads(() => tf.sub(together(), second()), variables);
      for (const [name, gradient] of Object.entries(expected)) {
        expect(maxAbsDiff(grads[name] as tf.Tensor, gradient)).toBeLessThan(1e-4);
      }
    }
    model.checkpointing = false;
  });
});
