import { describe, expect, it } from 'vitest';
import { countBelow, dynamicMap, midpoints } from './dynamic-map';
import { pairwiseMean } from './pairwise-mean';

describe('dynamicMap', () => {
  it('has 256 rising values from -0.993 to 1 with zero at 127', () => {
    expect(dynamicMap).toHaveLength(256);
    expect(dynamicMap[0]).toBeCloseTo(-0.99296874, 7);
    expect(dynamicMap[127]).toBe(0);
    expect(dynamicMap[128]).toBeCloseTo(5.5e-7, 10);
    expect(dynamicMap[255]).toBe(1);
    expect(dynamicMap.every((value, i) => i === 0 || value > dynamicMap[i - 1]!)).toBe(true);
  });

  it('finds each value at its own index', () => {
    const boundaries = midpoints(dynamicMap);
    dynamicMap.forEach((value, i) => expect(countBelow(boundaries, value)).toBe(i));
  });
});

describe('pairwiseMean', () => {
  it.each([1, 7, 8, 100, 129, 1000])('is near the exact mean of %i values', (count) => {
    const values = Float32Array.from({ length: count }, (_, i) => 1 + Math.sin(i));
    const exact = values.reduce((total, value) => total + value, 0) / count;
    expect(pairwiseMean(values)).toBeCloseTo(exact, 6);
  });

  it('does not lose small terms after many', () => {
    const values = new Float32Array(1 << 20).fill(0.1);
    expect(pairwiseMean(values)).toBeCloseTo(0.1, 7);
  });
});
