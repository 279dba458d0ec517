import { startBackend, tf } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { chained } from '../chain/chain';
import { currentCompute } from '../execution/compute';
import { isLowOnly } from '../execution/storage';
import { normalTensor } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { argMax } from './arg-max';

await startBackend();
const here = hasKernel('MosloraArgMax') ? describe : describe.skip;
if (!hasKernel('MosloraArgMax'))
  console.log('the op for places of greatest values is not tried here: it needs the native ops');

const shapes: [number, number][] = [
  [1, 1],
  [3, 15],
  [5, 16],
  [2, 33],
  [70, 1000],
  [1, 70001],
];

it.each(shapes)('the greatest of (%i, %i) values is found', (rows, width) => {
  const x = normalTensor('x', [rows, width]) as tf.Tensor2D;
  const places = argMax(x);
  expect(places.dtype).toBe('int32');
  expect([...places.dataSync()]).toEqual([...tf.argMax(x, 1).dataSync()]);
});

here('the place of the greatest', () => {
  const row = (values: number[]) => [...argMax(tf.tensor2d([values])).dataSync()];

  it('is the first of equals, wherever they stand', () => {
    for (const [first, second] of [
      [0, 40],
      [7, 8],
      [17, 33],
      [15, 16],
      [32, 47],
      [40, 44],
    ] as const) {
      const values = Array.from({ length: 49 }, (_, i) => (i === first || i === second ? 2 : Math.sin(i)));
      expect(row(values)).toEqual([first]);
    }
    expect(row([-1, -0, 0, -2])).toEqual([1]);
  });

  it('is none of what is no number, and 0 where nothing is greater than minus infinity', () => {
    expect(row([NaN, -5, -4, NaN])).toEqual([2]);
    expect(row(Array.from({ length: 40 }, () => -Infinity))).toEqual([0]);
    expect(row(Array.from({ length: 40 }, () => NaN))).toEqual([0]);
    expect(row([...Array.from({ length: 20 }, () => -Infinity), Infinity, 3])).toEqual([20]);
  });

  it('is found in values held in bfloat16, as they are', () => {
    setMatMulPrecision('bfloat16');
    const x = currentCompute().enter(normalTensor('x', [4, 1000])) as tf.Tensor2D;
    const places = argMax(x);
    expect(isLowOnly(x)).toBe(true);
    setMatMulPrecision('float32');
    expect([...places.dataSync()]).toEqual([...tf.argMax(x, 1).dataSync()]);
  });

  it('can be the result of a chain', () => {
    const x = normalTensor('x', [4, 100]) as tf.Tensor2D;
    const places = chained(() => argMax(x));
    expect([places.dtype, ...places.dataSync()]).toEqual(['int32', ...argMax(x).dataSync()]);
  });

  it('is refused of an empty axis, naming the op', () => {
    expect(() => argMax(tf.zeros([2, 0]))).toThrow(/MosloraArgMax: x is float32 \(2, 0\)/);
  });
});
