import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { normalTensor, relativeError } from '../gradient-check/agreement';
import { adamwStep, globalNorm } from './adamw';
import { adamwReference } from './reference';

beforeAll(() => startBackend());

it('five steps equal the reference, weight decay and gradient scale included', () => {
  const parameter = tf.variable(normalTensor('p', [7, 5]));
  const moments = { first: tf.variable(tf.zeros([7, 5])), second: tf.variable(tf.zeros([7, 5])) };
  let expected = { p: normalTensor('p', [7, 5]), m: tf.zeros([7, 5]), v: tf.zeros([7, 5]) };
  for (let step = 1; step <= 5; step++) {
    const g = normalTensor(`g${step}`, [7, 5]);
    const settings = { learningRate: 0.1, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1, step } as const;
    adamwStep(parameter, g, moments, { ...settings, gradientScale: 0.5 });
    expected = adamwReference(expected.p, tf.mul(g, 0.5), expected.m, expected.v, settings);
  }
  expect(relativeError(parameter, expected.p)).toBeLessThan(1e-5);
  expect(relativeError(moments.first, expected.m)).toBeLessThan(1e-5);
  expect(relativeError(moments.second, expected.v)).toBeLessThan(1e-5);
});

it('the first step moves every element by the learning rate against its gradient', () => {
  const parameter = tf.variable(tf.tensor1d([1, 2, 3]));
  const moments = { first: tf.variable(tf.zeros([3])), second: tf.variable(tf.zeros([3])) };
  const settings = { learningRate: 0.1, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0, step: 1 } as const;
  adamwStep(parameter, tf.tensor1d([5, -0.01, 100]), moments, settings);
  [0.9, 2.1, 2.9].forEach((value, i) => expect(parameter.dataSync()[i]).toBeCloseTo(value, 4));
});

it('globalNorm is the length of all tensors as one vector', () => {
  expect(globalNorm([tf.tensor1d([3]), tf.tensor2d([[4, 0]])]).dataSync()[0]).toBeCloseTo(5, 6);
});
