import { startBackend, tf } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentCompute } from '../execution/compute';
import { isLowOnly } from '../execution/storage';
import { normalTensor, relativeError } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { fusedSum } from './sum';

await startBackend();
const here = hasKernel('MosloraSum') ? describe : describe.skip;
if (!hasKernel('MosloraSum')) console.log('sums in bfloat16 are not tested here: they need the native ops');

here('sums of tensors held in bfloat16', () => {
  beforeAll(() => setMatMulPrecision('bfloat16'));
  afterAll(() => setMatMulPrecision('float32'));
  const wide = (seed: string, shape = [7, 33]) => normalTensor(seed, shape);
  const low = (seed: string, shape = [7, 33]) => currentCompute().enter(wide(seed, shape));
  const total = (...seeds: string[]) => tf.addN(seeds.map((seed) => wide(seed)));

  it('stay in bfloat16 where all terms are', () => {
    const [a, b, c] = [low('a'), low('b'), low('c')];
    const sums = [tf.add(a, b), tf.addN([a, b, c])] as const;
    expect([...sums, a, b, c].every((tensor) => isLowOnly(tensor))).toBe(true);
    expect(relativeError(sums[0], total('a', 'b'))).toBeLessThan(1e-2);
    expect(relativeError(sums[1], total('a', 'b', 'c'))).toBeLessThan(1e-2);
  });

  it('are float32 beside a float32 term, which is not rounded', () => {
    const b = low('b');
    const sum = tf.add(wide('a'), b);
    expect([isLowOnly(sum), isLowOnly(b)]).toEqual([false, true]);
    expect(relativeError(tf.sub(sum, b), wide('a'))).toBeLessThan(1e-6);
  });

  it.each([[[1]], [[16]], [[70001]], [[3, 5, 7]]])('of shape %j are right to the last element', (shape) => {
    const sum = fusedSum([wide('a', shape), low('b', shape), wide('c', shape)]);
    expect(relativeError(sum, tf.addN(['a', 'b', 'c'].map((seed) => wide(seed, shape))))).toBeLessThan(1e-2);
  });

  it('of shapes that are spread go through tfjs as before', () => {
    const sum = tf.add(low('a'), low('row', [33]));
    expect(relativeError(sum, tf.add(wide('a'), wide('row', [33])))).toBeLessThan(1e-2);
  });

  it('are refused for other shapes, naming the op', () => {
    expect(() => fusedSum([wide('a'), low('b', [33, 7])])).toThrow(
      /MosloraSum: an array is bfloat16 \(33, 7\), expected the shape of float32 \(7, 33\)/,
    );
  });
});
