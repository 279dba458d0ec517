import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { DenseLinear } from './dense-linear';

beforeAll(() => startBackend());

const weight = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);

describe('DenseLinear', () => {
  it('computes x Wᵀ + b for any leading axes, frozen or learning', () => {
    for (const trainable of [false, true]) {
      const linear = new DenseLinear({ name: 'fc', weight: weight(), bias: Float32Array.of(10, 20), trainable });
      expect([linear.inFeatures, linear.outFeatures]).toEqual([3, 2]);
      const y = linear.apply(tf.tensor3d([1, 0, 0, 0, 1, 1], [2, 1, 3]));
      expect(y.shape).toEqual([2, 1, 2]);
      expect([...y.dataSync()]).toEqual([11, 24, 15, 31]);
      linear.dispose();
    }
  });

  it('names its parameters as published, and has none when frozen', () => {
    const learning = new DenseLinear({
      name: 'multi_modal_projector.linear_1',
      weight: weight(),
      bias: tf.zeros([2]),
      trainable: true,
      group: 'projector',
    });
    expect(learning.parameters().map(({ name, group }) => [name, group])).toEqual([
      ['multi_modal_projector.linear_1.weight', 'projector'],
      ['multi_modal_projector.linear_1.bias', 'projector'],
    ]);
    expect(learning.frozen).toBeUndefined();
    const frozen = new DenseLinear({ name: 'head', weight: weight() });
    expect(frozen.parameters()).toEqual([]);
    learning.dispose();
    frozen.dispose();
  });

  it('keeps a variable that it is given', () => {
    const variable = tf.variable(weight());
    const linear = new DenseLinear({ name: 'fc', weight: variable as unknown as tf.Tensor2D, trainable: true });
    expect(linear.parameters()[0]?.value).toBe(variable);
    linear.dispose();
  });

  it('hands out its frozen weight and takes another', () => {
    const linear = new DenseLinear({ name: 'fc', weight: weight() });
    const doubled = tf.mul(linear.frozen?.weight() as tf.Tensor2D, 2) as tf.Tensor2D;
    linear.frozen?.replace(doubled);
    expect([...linear.apply(tf.tensor2d([[1, 0, 0]])).dataSync()]).toEqual([2, 8]);
    linear.dispose();
  });

  it('refuses a bias of the wrong length', () => {
    expect(() => new DenseLinear({ name: 'fc', weight: weight(), bias: Float32Array.of(1) })).toThrow(
      'fc: a bias of 1 values for 2 outputs',
    );
  });

  it('frees all it holds', () => {
    const before = tf.memory().numTensors;
    new DenseLinear({ name: 'fc', weight: weight(), bias: tf.zeros([2]), trainable: true }).dispose();
    new DenseLinear({ name: 'fc', weight: weight(), bias: tf.zeros([2]) }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
