import { describe, expect, it } from 'vitest';
import { meanOf, type Measure } from '../scoring/measure';
import { quantile, withIntervals } from './bootstrap';
import { randomNumbers } from './random';

const measure = (scores: number[], members = scores.map((_, i) => i)): Measure => ({
  ...{ name: 'Overall', level: 'overall', split: 'none', most: 1, questions: members.length },
  of: meanOf(scores, members),
});
const halves = (count: number): number[] => Array.from({ length: count }, (_, i) => i % 2);

describe('withIntervals', () => {
  it('gives about ±1.96 √(p(1-p)/n) for shares, the same every time', () => {
    const scores = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 1 : 0));
    const [found] = withIntervals([measure(scores)], 400);
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
    expect(found!.value).toBe(0.25);
    expect(found!.low).toBeGreaterThan(0.25 - 1.25 * half);
    expect(found!.low).toBeLessThan(0.25 - 0.8 * half);
    expect(found!.high).toBeGreaterThan(0.25 + 0.8 * half);
    expect(found!.high).toBeLessThan(0.25 + 1.25 * half);
    expect(withIntervals([measure(scores)], 400)).toEqual([found]);
  });

  it('holds the true share 95 times in 100', () => {
    const random = randomNumbers(3);
    let held = 0;
    for (let trial = 0; trial < 300; trial += 1) {
      const scores = Array.from({ length: 120 }, () => (random() < 0.6 ? 1 : 0));
      const [found] = withIntervals([measure(scores)], 120, { replicates: 300, seed: trial });
      if (found!.low <= 0.6 && 0.6 <= found!.high) held += 1;
    }
    expect(held / 300).toBeGreaterThan(0.9);
    expect(held / 300).toBeLessThan(0.985);
  });

  it('narrows with more questions, and widens where questions of a picture go together', () => {
    const width = (count: number, units?: number[]): number => {
      const [found] = withIntervals([measure(halves(count))], count, units ? { units } : {});
      return found!.high - found!.low;
    };
    expect(width(1600)).toBeLessThan(0.6 * width(400));
    // Pairs of equal answers count as one question each.
    const pairs = Array.from({ length: 400 }, (_, i) => Math.floor(i / 2));
    const scores = pairs.map((unit) => unit % 2);
    const [apart] = withIntervals([measure(scores)], 400);
    const [together] = withIntervals([measure(scores)], 400, { units: pairs });
    expect(together!.high - together!.low).toBeGreaterThan(1.25 * (apart!.high - apart!.low));
  });

  it('passes over draws in which a small category has no question', () => {
    const scores = halves(200);
    const [found] = withIntervals([measure(scores, [1])], 200);
    expect(found).toMatchObject({ value: 1, low: 1, high: 1 });
    const [none] = withIntervals([measure([], [])], 0);
    expect(none!.value).toBeNaN();
  });
});

it('takes quantiles between values', () => {
  expect(quantile(Float64Array.from([0, 1, 2, 3, 4]), 0.5)).toBe(2);
  expect(quantile(Float64Array.from([0, 10]), 0.25)).toBe(2.5);
});
