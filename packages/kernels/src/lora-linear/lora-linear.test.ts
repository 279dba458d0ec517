import { startBackend, tf } from '@moslora/runtime';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dropoutMask } from '../dropout/dropout';
import { FrozenMatrix } from '../frozen-matrix/frozen-matrix';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { loraLinear, type LoraOptions } from './lora-linear';
import { loraLinearReference } from './reference';

beforeAll(() => startBackend());

const [IN, OUT, R, SCALE] = [11, 7, 3, 1.7];
const inputs = () => [
  normalTensor('x', [2, 5, IN]),
  normalTensor('a', [R, IN]),
  normalTensor('b', [OUT, R]),
  normalTensor('m', [R, R]),
];
const weight = () => normalTensor<tf.Tensor2D>('w', [OUT, IN]);
const frozen: FrozenMatrix[] = [];
afterEach(() => frozen.splice(0).forEach((matrix) => matrix.dispose()));

function ops(options: LoraOptions = {}) {
  const matrix = new FrozenMatrix(weight());
  frozen.push(matrix);
  const factors = (t: tf.Tensor[]) => ({
    a: t[1] as tf.Tensor2D,
    b: t[2] as tf.Tensor2D,
    mixer: t[3] as tf.Tensor2D,
    scale: SCALE,
  });
  return {
    op: (...t: tf.Tensor[]) => loraLinear(t[0] as tf.Tensor, matrix, factors(t), options),
    reference: (...t: tf.Tensor[]) => {
      const mask = options.dropout && dropoutMask(10, IN, options.dropout);
      const y = loraLinearReference(t[0] as tf.Tensor, weight(), factors(t), mask);
      return options.bias === undefined ? y : tf.add(y, options.bias);
    },
  };
}

describe('loraLinear', () => {
  it('equals its reference with a mixer (MoSLoRA) and without (LoRA)', () => {
    const { op, reference } = ops();
    expect(disagreement(op, reference, inputs())).toBeLessThan(1e-5);
    expect(disagreement(op, reference, inputs().slice(0, 3))).toBeLessThan(1e-5);
    expect(finiteDifferenceError(op, inputs())).toBeLessThan(2e-2);
  });

  it('equals its reference with dropout and a bias, with any seed', () => {
    for (const seed of [0, 7, 4294967295]) {
      const dropout = { probability: 0.3, seed };
      const { op, reference } = ops({ dropout, bias: normalTensor<tf.Tensor1D>('bias', [OUT]) });
      expect(disagreement(op, reference, inputs())).toBeLessThan(1e-5);
      expect(disagreement(op, reference, inputs().slice(0, 3))).toBeLessThan(1e-5);
    }
  });

  it.each([
    [1, 3201, 5],
    [3, 171, 150],
    [1, 515, 259],
  ])('equals its reference for %i texts of %i tokens with rank %i', (texts, tokens, rank) => {
    const { op, reference } = ops();
    const large = [
      normalTensor('x', [texts, tokens, IN]),
      normalTensor('a', [rank, IN], 0.1),
      normalTensor('b', [OUT, rank], 0.1),
      normalTensor('m', [rank, rank], 0.1),
    ];
    expect(disagreement(op, reference, large)).toBeLessThan(1e-4);
    expect(disagreement(op, reference, large.slice(0, 3))).toBeLessThan(1e-4);
  });

  it('computes no gradient for x where none is wanted', () => {
    const { op, reference } = ops({ inputGradient: false });
    const [x, ...learning] = inputs() as [tf.Tensor, ...tf.Tensor[]];
    expect(
      disagreement(
        (...t) => op(x, ...t),
        (...t) => reference(x, ...t),
        learning,
      ),
    ).toBeLessThan(1e-5);
    const { value, grads } = tf.engine().gradients(() => tf.sum(op(x, ...learning)), [x, ...learning], undefined, true);
    expect(grads[0]).toBeUndefined();
    tf.dispose([value, ...grads.slice(1)]);
  });

  it('leaks no tensor', () => {
    const { op } = ops();
    const held = inputs();
    const run = () => tf.dispose(tf.valueAndGrads((...t) => tf.sum(op(...t)))(held) as unknown as tf.TensorContainer);
    run();
    const before = tf.memory().numTensors;
    run();
    expect(tf.memory().numTensors).toBe(before);
  });
});
