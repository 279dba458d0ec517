import { describe, expect, it } from 'vitest';
import { closestName, editDistance } from './closest-name';

describe('closestName', () => {
  it('counts a swap of neighbours as one edit', () => {
    expect(editDistance('wieght', 'weight')).toBe(1);
    expect(editDistance('abc', 'abc')).toBe(0);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  it('finds what was meant whatever its case and hyphens, and nothing when all are far', () => {
    expect(closestName('instuct', ['align', 'instruct', 'score'])).toBe('instruct');
    expect(closestName('BatchSize', ['batch-size', 'base'])).toBe('batch-size');
    expect(closestName('banana', ['align', 'instruct'])).toBeUndefined();
  });
});
