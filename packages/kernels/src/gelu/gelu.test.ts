import { isNative, startBackend, tf } from '@moslora/runtime';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { gelu, quickGelu, tanhGelu } from './gelu';
import { geluReference, quickGeluReference, tanhGeluReference } from './reference';

beforeAll(() => startBackend());
afterEach(() => setMatMulPrecision('float32'));

describe.each([
  { op: gelu, reference: geluReference },
  { op: quickGelu, reference: quickGeluReference },
  { op: tanhGelu, reference: tanhGeluReference },
])('$op.name', ({ op, reference }) => {
  it.each([[[3, 17]], [[5]], [[64]], [[2, 3, 5]], [[70001]]])('of %j equals its reference', (shape) => {
    const x = () => normalTensor('x', shape, 2);
    expect(disagreement(op, reference, [x()])).toBeLessThan(1e-5);
    if (!isNative()) return;
    setMatMulPrecision('bfloat16');
    expect(disagreement(op, reference, [x()])).toBeLessThan(1e-2);
  });

  it('has the slope of finite differences', () => {
    expect(finiteDifferenceError(op, [normalTensor('x', [3, 17], 2)])).toBeLessThan(1e-2);
  });

  it('is x far to the right, 0 far to the left, and NaN of NaN', () => {
    const [right, left, none] = op(tf.tensor1d([150, -150, NaN])).dataSync();
    expect([right, Math.abs(left!), none]).toEqual([150, 0, NaN]);
  });
});

it('gelu has known values, and small ones to their last digits', () => {
  const values = gelu(tf.tensor1d([-1, 0, 1, 2])).dataSync();
  [-0.15865525, 0, 0.84134475, 1.9544997].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5));
  if (!hasKernel('MosloraGelu')) return;
  // x Φ(x) to 10 digits.
  const exact: [number, number][] = [
    [-6, -5.919526e-9],
    [-4, -1.2668497e-4],
    [-3, -4.0496941e-3],
  ];
  for (const [x, y] of exact) expect(gelu(tf.tensor1d([x])).dataSync()[0]! / y).toBeCloseTo(1, 5);
});
