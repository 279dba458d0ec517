import { Rng } from '@moslora/runtime';
import { adapterConfigSchema, type MixerInit } from '@moslora/specs';
import { describe, expect, it } from 'vitest';
import { createMixer } from './mixer-init';

const rank = 64;
const create = (init: MixerInit, r = rank) => createMixer(init, new Rng(4, init), r);
const variance = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0) / values.length;

describe('createMixer', () => {
  it('kaiming is uniform within 1/√R', () => {
    const values = create('kaiming');
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 / 8);
    expect(variance(values) * 3 * rank).toBeCloseTo(1, 1);
  });

  it('gaussian has variance 1/R', () => expect(variance(create('gaussian')) * rank).toBeCloseTo(1, 1));

  it.each([1, 5, 64])('orthogonal has orthonormal rows, R = %i', (r) => {
    const m = create('orthogonal', r);
    for (let i = 0; i < r; i++) {
      for (let j = 0; j < r; j++) {
        let product = 0;
        for (let k = 0; k < r; k++) product += m[i * r + k]! * m[j * r + k]!;
        expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-6);
      }
    }
  });

  it('identity and butterfly are what they are called', () => {
    expect([...create('identity', 2)]).toEqual([1, 0, 0, 1]);
    expect([...create('butterfly', 4)]).toEqual([1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1]);
  });

  it('is the same for the same seed', () => expect(create('orthogonal')).toEqual(create('orthogonal')));

  it('refuses zero with the reason, in code and in a configuration', () => {
    const reason =
      'A mixer that starts at zero never learns: with B = 0 too, the gradients of A, M and B are 0 for ever';
    expect(() => create('zero' as MixerInit)).toThrow(`${reason}\n  where    adapter, mixer`);
    expect(() => adapterConfigSchema.parse({ method: 'moslora', mixer: 'zero' })).toThrow(reason);
    expect(() => create('xavier' as MixerInit)).toThrow(
      /got {6}xavier\n {2}expected one of kaiming, orthogonal, identity/,
    );
  });
});
