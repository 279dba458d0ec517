import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { ResidentTable } from '@moslora/decoder';
import { mergeRows, planMerge } from './merge';

const options = { imageTokenId: 9, vocabSize: 10 };

describe('planMerge', () => {
  it('tells text from picture positions, -200 and the image token alike', () => {
    const plan = planMerge(Int32Array.from([1, -200, -200, 2, 3, 9, 9, 0]), 4, options);
    expect([...plan.textIds]).toEqual([1, 2, 3, 0]);
    expect([...plan.patchPositions]).toEqual([1, 2, 5, 6]);
    expect([...plan.rows]).toEqual([0, 4, 5, 1, 2, 6, 7, 3]);
  });

  it('refuses more or fewer places than patches, and ids out of the vocabulary', () => {
    expect(() => planMerge(Int32Array.from([1, -200, 2]), 4, options)).toThrow(
      'Pictures and their places do not match\n  got      1 picture positions in the ids\n  expected 4, one per patch feature',
    );
    expect(() => planMerge(Int32Array.from([1, 10]), 0, options)).toThrow(
      'A token id is not in the vocabulary\n  where    position 1 of the batch\n  got      10\n  expected 0 to 9',
    );
  });
});

const tableOf = (values: number[], shape: [number, number]): ResidentTable =>
  new ResidentTable(tf.tensor2d(values, shape));

describe('mergeRows', () => {
  beforeAll(() => startBackend());

  it('puts patches in their places, and their gradient back', () => {
    const table = tableOf(
      Array.from({ length: 20 }, (_, i) => i),
      [10, 2],
    );
    const patches = tf.tensor2d([-1, -2, -3, -4], [2, 2]);
    const plan = planMerge(Int32Array.from([3, -200, 5, -200]), 2, options);
    const merge = (input: tf.Tensor): tf.Tensor2D => mergeRows(table, plan, input as tf.Tensor2D);
    expect(merge(patches).arraySync()).toEqual([
      [6, 7],
      [-1, -2],
      [10, 11],
      [-3, -4],
    ]);
    const weights = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const gradient = tf.grad((input) => tf.sum(tf.mul(merge(input), weights)))(patches);
    expect(gradient.arraySync()).toEqual([
      [3, 4],
      [7, 8],
    ]);
  });

  it('is an embedding where there is no picture', () => {
    const table = tableOf([1, 2, 3, 4], [2, 2]);
    const plan = planMerge(Int32Array.from([1, 0, 1]), 0, { ...options, vocabSize: 2 });
    expect([...mergeRows(table, plan, undefined).dataSync()]).toEqual([3, 4, 1, 2, 3, 4]);
  });
});
