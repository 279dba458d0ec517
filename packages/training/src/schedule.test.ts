import { describe, expect, it } from 'vitest';
import { learningRateFactor } from './schedule';

describe('learningRateFactor', () => {
  const cosine = { warmup: 0.1, schedule: 'cosine' as const, minLearningRate: 0 };

  it('rises linearly through the warmup and reaches the peak on its last step', () => {
    expect([0, 1, 4, 9].map((step) => learningRateFactor(step, 100, cosine))).toEqual([0.1, 0.2, 0.5, 1]);
  });

  it('follows half a cosine to the floor', () => {
    expect(learningRateFactor(55, 100, cosine)).toBeCloseTo(0.5, 12);
    expect(learningRateFactor(100, 100, cosine)).toBeCloseTo(0, 12);
    expect(learningRateFactor(100, 100, { ...cosine, minLearningRate: 0.1 })).toBeCloseTo(0.1, 12);
  });

  it('never leaves [floor, 1] and never rises after the warmup', () => {
    for (const schedule of ['cosine', 'linear', 'constant'] as const) {
      const factors = Array.from({ length: 57 }, (_, step) =>
        learningRateFactor(step, 57, { warmup: 0.2, schedule, minLearningRate: 0.05 }),
      );
      expect(Math.max(...factors)).toBeLessThanOrEqual(1);
      factors.slice(12).reduce((previous, factor) => {
        expect(factor).toBeLessThanOrEqual(previous);
        return factor;
      });
    }
  });

  it('has no warmup where none is asked for', () => {
    expect(learningRateFactor(0, 10, { warmup: 0, schedule: 'constant', minLearningRate: 0 })).toBe(1);
  });
});
