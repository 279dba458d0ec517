import { describe, expect, it } from 'vitest';
import { trainConfigSchema } from '@moslora/specs';
import { learningRateFactor } from './schedule';

describe('learningRateFactor', () => {
  const settings = (given: object) => trainConfigSchema.parse(given);
  const cosine = settings({ warmup: 0.1 });
  const kinds = [
    ...['constant', 'linear', 'cosine', 'polynomial', 'inverse-sqrt', 'warmup-stable-decay'],
    { kind: 'polynomial', power: 0.5 },
    { kind: 'warmup-stable-decay', decay: 1 },
  ];

  it('rises linearly through the warmup and reaches the peak on its last step', () => {
    expect([0, 1, 4, 9].map((step) => learningRateFactor(step, 100, cosine))).toEqual([0.1, 0.2, 0.5, 1]);
  });

  it('follows half a cosine to the floor', () => {
    expect(learningRateFactor(55, 100, cosine)).toBeCloseTo(0.5, 12);
    expect(learningRateFactor(100, 100, cosine)).toBeCloseTo(0, 12);
    expect(learningRateFactor(100, 100, { ...cosine, minLearningRate: 0.1 })).toBeCloseTo(0.1, 12);
  });

  it('never leaves [floor, 1] and never rises after the warmup', () => {
    for (const schedule of kinds) {
      const factors = Array.from({ length: 57 }, (_, step) =>
        learningRateFactor(step, 57, settings({ warmup: 0.2, schedule, minLearningRate: 0.05 })),
      );
      expect(Math.max(...factors)).toBeLessThanOrEqual(1);
      expect(Math.min(...factors.slice(12))).toBeGreaterThanOrEqual(0.05);
      factors.slice(12).reduce((previous, factor) => {
        expect(factor).toBeLessThanOrEqual(previous);
        return factor;
      });
    }
  });

  it('has no warmup where none is asked for', () => {
    expect(learningRateFactor(0, 10, settings({ warmup: 0, schedule: 'constant' }))).toBe(1);
  });

  it('gives each kind its own shape', () => {
    const at = (step: number, schedule: unknown, more: object = {}) =>
      learningRateFactor(step, 100, settings({ warmup: 0, schedule, ...more }));
    expect(at(25, 'linear')).toBeCloseTo(0.75, 12);
    expect(at(25, 'polynomial')).toBeCloseTo(0.75 ** 2, 12);
    expect(at(50, { kind: 'polynomial', power: 3 })).toBeCloseTo(0.125, 12);
    expect(at(19 + 30, 'inverse-sqrt', { warmup: 0.1 })).toBeCloseTo(Math.sqrt(10 / 49), 12);
    expect([89, 90, 95, 99].map((step) => at(step, 'warmup-stable-decay'))).toEqual([1, 1, 0.5, 0.1]);
    expect(at(60, { kind: 'warmup-stable-decay', decay: 0.8 })).toBeCloseTo(0.5, 12);
    expect([0, 25, 50, 75].map((step) => at(step, 'cosine-restarts'))).toEqual([1, 0.5, 1, 0.5]);
    expect(at(75, { kind: 'cosine-restarts', cycles: 1 })).toBeCloseTo(at(75, 'cosine'), 12);
  });
});
