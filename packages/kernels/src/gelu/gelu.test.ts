import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { gelu, quickGelu } from './gelu';
import { geluReference, quickGeluReference } from './reference';

beforeAll(() => startBackend());

const x = () => normalTensor('x', [3, 17], 2);

it('gelu equals its reference and known values', () => {
  expect(disagreement(gelu, geluReference, [x()])).toBeLessThan(1e-5);
  expect(finiteDifferenceError(gelu, [x()])).toBeLessThan(1e-2);
  const values = gelu(tf.tensor1d([-1, 0, 1, 2])).dataSync();
  [-0.15865525, 0, 0.84134475, 1.9544997].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5));
});

it('quickGelu equals its reference', () => {
  expect(disagreement(quickGelu, quickGeluReference, [x()])).toBeLessThan(1e-5);
  expect(finiteDifferenceError(quickGelu, [x()])).toBeLessThan(1e-2);
});
