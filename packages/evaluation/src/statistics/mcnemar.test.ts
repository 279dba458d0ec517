import { describe, expect, it } from 'vitest';
import { mcnemar } from './mcnemar';

const runs = (both: number, first: number, second: number, neither: number): [boolean[], boolean[]] => {
  const of = (...counts: [number, boolean][]): boolean[] =>
    counts.flatMap(([count, right]) => Array<boolean>(count).fill(right));
  return [
    of([both, true], [first, true], [second, false], [neither, false]),
    of([both, true], [first, false], [second, true], [neither, false]),
  ];
};

describe("McNemar's exact test", () => {
  // p = 2 Σ_{k<=min} C(n,k)/2^n, by hand.
  it.each([
    [0, 0, 1],
    [1, 0, 1],
    [5, 0, 2 / 32],
    [10, 2, (2 * (1 + 12 + 66)) / 4096],
    [2, 10, (2 * (1 + 12 + 66)) / 4096],
    [7, 7, 1],
  ])('%i against %i', (first, second, p) => {
    const test = mcnemar(...runs(30, first, second, 9));
    expect(test).toMatchObject({ questions: 39 + first + second, onlyFirst: first, onlySecond: second });
    expect(test.p).toBeCloseTo(p, 12);
  });

  it('stays a number for thousands of questions', () => {
    expect(mcnemar(...runs(100, 2000, 2000, 0)).p).toBe(1);
    // 2 x the normal tail beyond (2100 - 1899.5) / √(4000/4) … = 3.17: about 0.0015.
    expect(mcnemar(...runs(0, 2100, 1900, 0)).p).toBeCloseTo(0.00166, 4);
    expect(mcnemar(...runs(0, 4000, 0, 0)).p).toBeLessThan(1e-300);
  });
});
