import { bitcast, cast, isNative, rawScope, startBackend, tf, uploadBytes } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { embedding } from '../embedding/embedding';
import { currentCompute } from '../execution/compute';
import { nativeBackend, narrowOnly } from '../execution/storage';
import { normalTensor } from '../gradient-check/agreement';
import { frozenLinear } from '../linear/linear';
import { setMatMulPrecision } from '../precision/precision';
import { FrozenMatrix } from './frozen-matrix';
import { narrowTensor } from './narrow-tensor';

await startBackend();
const here = isNative() ? describe : describe.skip;
if (!isNative()) console.log('tensors in 16 bits are not tested here: they need the native backend');

/** A tensor in 16 bits, and the float32 one of the same values. */
function pair(dtype: 'bfloat16' | 'float16', shape: [number, number]): { narrow: tf.Tensor2D; wide: tf.Tensor2D } {
  const exact = normalTensor<tf.Tensor2D>(`w ${dtype}`, shape);
  const value = rawScope(() => cast(exact, dtype));
  const wide = rawScope(() => cast(value, 'float32')).toTensor() as tf.Tensor2D;
  return { narrow: narrowTensor(value) as tf.Tensor2D, wide };
}

const handles = (): number => (nativeBackend().binding as unknown as { getNumOfTensors(): number }).getNumOfTensors();

here.each(['bfloat16', 'float16'] as const)('a tensor in %s', (dtype) => {
  it('gives the rows and products of its values, and stays as it is', () => {
    const { narrow, wide } = pair(dtype, [20, 12]);
    const ids = tf.tensor2d([[3, 0, 19]], [1, 3], 'int32');
    const rows = embedding(narrow, ids);
    expect(narrowOnly(rows)).toBeUndefined(); // they start a residual stream
    expect([...rows.dataSync()]).toEqual([...embedding(wide, ids).dataSync()]);
    const matrix = new FrozenMatrix(narrow);
    const x = normalTensor('x', [5, 12]);
    expect([...frozenLinear(x, matrix).dataSync()]).toEqual([...frozenLinear(x, new FrozenMatrix(wide)).dataSync()]);
    expect([...matrix.toTensor().dataSync()]).toEqual([...wide.dataSync()]);
    expect(narrowOnly(narrow)?.dtype).toBe(dtype === 'bfloat16' ? 14 : 19);
  });

  it('gives the products in bfloat16 that its values give', () => {
    const { narrow, wide } = pair(dtype, [20, 12]);
    const x = normalTensor('x', [5, 12]);
    setMatMulPrecision('bfloat16');
    try {
      const [a, b] = [narrow, wide].map((w) => [...frozenLinear(x, new FrozenMatrix(w)).dataSync()]);
      expect(a).toEqual(b);
      expect(currentCompute().precision).toBe('bfloat16');
    } finally {
      setMatMulPrecision('float32');
    }
  });

  it('gives the rows it gave before, once a product in bfloat16 has rounded it: a table that is the head, too', () => {
    const { narrow, wide } = pair(dtype, [20, 12]);
    const ids = tf.tensor2d([[3, 0, 19]], [1, 3], 'int32');
    const head = new FrozenMatrix(tf.clone(narrow));
    setMatMulPrecision('bfloat16');
    try {
      for (let pass = 0; pass < 2; pass++) {
        expect([...embedding(narrow, ids).dataSync()]).toEqual([...embedding(wide, ids).dataSync()]);
        frozenLinear(normalTensor('x', [5, 12]), head);
      }
      expect([...tf.add(narrow, 0).dataSync()]).toEqual([...wide.dataSync()]);
    } finally {
      setMatMulPrecision('float32');
    }
  });

  it('becomes float32 when something else uses it, shares with clones, and frees all it held', () => {
    const run = (): void => {
      const { narrow, wide } = pair(dtype, [7, 6]);
      const twin = tf.clone(narrow);
      const sum = tf.add(twin, 1);
      const expected = tf.add(wide, 1);
      expect([...sum.dataSync()]).toEqual([...expected.dataSync()]);
      tf.dispose([narrow, wide, twin, sum, expected]);
    };
    tf.tidy(run);
    const before = handles();
    tf.tidy(run);
    expect(handles()).toBe(before);
  });
});

here('narrowTensor', () => {
  it('refuses other types', () => {
    const integers = rawScope(() => bitcast(uploadBytes(new Uint8Array(4), [4]), 'uint16', [2]));
    expect(() => narrowTensor(integers)).toThrow('a narrow tensor is bfloat16 or float16, not uint16');
    integers.dispose();
  });
});
