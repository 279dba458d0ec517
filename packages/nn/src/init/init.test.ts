import { Rng } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { kaimingUniform, truncatedNormal, xavierUniform } from './init';

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance, largest: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
};

describe('initial weights', () => {
  it('kaimingUniform fills ±1/√in evenly', () => {
    const { mean, variance, largest } = moments(kaimingUniform(new Rng(1, 'kaiming'), [64, 100]));
    expect(largest).toBeLessThanOrEqual(0.1);
    expect(largest).toBeGreaterThan(0.099);
    expect(Math.abs(mean)).toBeLessThan(0.003);
    expect(variance).toBeCloseTo(0.01 / 3, 3);
  });

  it('xavierUniform goes by both widths', () => {
    expect(moments(xavierUniform(new Rng(1, 'xavier'), [50, 100])).largest).toBeCloseTo(0.2, 3);
  });

  it('truncatedNormal has no tail', () => {
    const { mean, variance, largest } = moments(truncatedNormal(new Rng(1, 'normal'), 10_000, 0.02));
    expect(largest).toBeLessThanOrEqual(0.04);
    expect(Math.abs(mean)).toBeLessThan(0.001);
    expect(Math.sqrt(variance) / 0.02).toBeCloseTo(0.88, 1);
  });

  it('is the same for the same seed and label', () => {
    const draw = (label: string) => [...kaimingUniform(new Rng(1, label), [2, 3])];
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });
});
