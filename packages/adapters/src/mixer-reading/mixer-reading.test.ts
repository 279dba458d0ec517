import { Rng, startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { butterfly } from '../moslora/butterfly';
import { createMixer } from '../moslora/mixer-init';
import { orthogonal } from '../moslora/orthogonal';
import { distanceFromIdentity, readMixers } from './mixer-reading';
import { singularValues } from './singular-values';

/** U diag(values) Vᵀ with random orthogonal U and V. */
function withSpectrum(values: readonly number[]): Float64Array {
  const size = values.length;
  const [u, v] = [orthogonal(new Rng(1, 'u'), size), orthogonal(new Rng(2, 'v'), size)];
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return values.reduce((sum, value, k) => sum + u[i * size + k]! * value * v[j * size + k]!, 0);
  });
}

describe('singularValues', () => {
  it.each([1, 2, 3, 17, 64])('finds what a matrix of order %i was made of', (size) => {
    const values = Array.from({ length: size }, (_, k) => 3 * 0.8 ** k);
    const found = singularValues(withSpectrum(values), size);
    for (const [k, value] of values.entries()) expect(Math.abs(found[k]! - value)).toBeLessThan(1e-6);
  });

  it('knows repeated ones, zeros, and the butterfly', () => {
    expect([...singularValues(createMixer('identity', new Rng(1), 8), 8)]).toEqual(Array(8).fill(expect.closeTo(1, 8)));
    expect([...singularValues(new Float32Array(9), 3)]).toEqual([0, 0, 0]);
    const half = [...singularValues(butterfly(4), 4)];
    expect(half).toEqual([2, 2, 0, 0].map((value) => expect.closeTo(value, 8)));
    expect([...singularValues([0, 5, 0, 0], 2)]).toEqual([expect.closeTo(5, 8), expect.closeTo(0, 8)]);
  });

  it('has a sum of squares that is the Frobenius norm of the matrix', () => {
    const matrix = new Rng(3, 'any').normalArray(40 * 40, 0, 1);
    const norm = matrix.reduce((sum, value) => sum + value * value, 0);
    const found = singularValues(matrix, 40).reduce((sum, value) => sum + value * value, 0);
    expect(found / norm).toBeCloseTo(1, 7);
  });
});

describe('readMixers', () => {
  beforeAll(() => startBackend({ backend: 'wasm' }));

  it('is 0 from the identity for LoRA, 1 for the butterfly, √2 or so for a random orthogonal one', () => {
    expect(distanceFromIdentity(createMixer('identity', new Rng(1), 16), 16)).toBe(0);
    expect(distanceFromIdentity(butterfly(16), 16)).toBe(1);
    expect(distanceFromIdentity(orthogonal(new Rng(1), 64), 64)).toBeCloseTo(Math.SQRT2, 1);
  });

  it('takes all mixers together', () => {
    const [one, two] = [tf.tensor2d([1, 0, 0, 1], [2, 2]), tf.tensor2d([3, 0, 0, 0.5], [2, 2])];
    const far = Math.sqrt(4.25 / 2);
    expect(readMixers([one, two])).toEqual({
      ...{ modules: 2, measured: 2 },
      singularValues: { min: expect.closeTo(0.5, 8), median: expect.closeTo(1, 8), max: expect.closeTo(3, 8) },
      distance: { min: 0, median: expect.closeTo(far / 2, 8), max: expect.closeTo(far, 8) },
    });
    expect(readMixers([])).toBeUndefined();
    tf.dispose([one, two]);
  });

  it('measures the singular values of a few where ranks are large, and the distance of all', () => {
    const large = Array.from({ length: 5 }, (_, k) =>
      tf.tensor2d(new Rng(k).normalArray(256 * 256, 0, 1 / 16), [256, 256]),
    );
    expect(readMixers(large)).toMatchObject({ modules: 5, measured: 2 });
    tf.dispose(large);
  });
});
