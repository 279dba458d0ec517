import type { Parameter } from '@moslora/nn';
import { Rng, tf } from '@moslora/runtime';
import type { BatchSource } from '../batch-source';
import type { Trainable } from '../trainable';

interface WideBatch {
  inputs: tf.Tensor2D;
  targets: tf.Tensor2D;
}

const [width, outputs] = [64, 1500];

/** y = x·W + b with 96 000 values in W: steps of milliseconds, and checkpoints of 1.6 MB, which take longer to write than a step. */
export function wideTask(size: number, seed: number) {
  const weight = tf.variable(
    tf.tensor2d(new Rng(seed, 'weight').normalArray(width * outputs, 0, 0.1), [width, outputs]),
  );
  const bias = tf.variable(tf.zeros([outputs]));
  const parameters: Parameter[] = [
    { name: 'weight', value: weight, group: 'adapter' },
    { name: 'bias', value: bias, group: 'projector' },
  ];
  const trainable: Trainable<WideBatch> = {
    parameters: () => parameters,
    lossSum: ({ inputs, targets }) => {
      const error = tf.sub(tf.add(tf.matMul(inputs, weight as tf.Tensor2D), bias), targets);
      return { loss: tf.mul<tf.Scalar>(tf.mean(tf.square(error)), inputs.shape[0]), tokens: inputs.shape[0] };
    },
  };
  const rows = (label: string, indices: readonly number[], length: number): tf.Tensor2D => {
    const all = new Float32Array(indices.length * length);
    indices.forEach((index, row) => all.set(new Rng(seed, label, index).uniformArray(length, -1, 1), row * length));
    return tf.tensor2d(all, [indices.length, length]);
  };
  const seen: number[] = [];
  const source: BatchSource<WideBatch> = {
    size,
    batch: (indices) => {
      seen.push(...indices);
      return { inputs: rows('input', indices, width), targets: rows('target', indices, outputs) };
    },
    dispose: ({ inputs, targets }) => tf.dispose([inputs, targets]),
  };
  return { trainable, source, seen };
}
