import { Rng } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { positionsTogether, sharePrefixes } from './share-prefixes';

const counted = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

describe('sharePrefixes', () => {
  it('finds rows that begin alike, wherever they stand, and gives a row that is alone what fits beside the rests', () => {
    const [a, b] = [counted(100, 10), counted(200, 8)];
    const rows = [[...a, 1, 2], [...b, 3], [...a, 2, 1], counted(300, 6), [...b, 4], [...a, 9, 9, 9]];
    expect(sharePrefixes(rows)).toEqual({
      prefixes: [
        { row: 0, length: 10 },
        { row: 1, length: 8 },
        { row: 3, length: 3 },
      ],
      of: [0, 1, 0, 2, 1, 0],
    });
  });

  it('leaves something of every row, also where one is the beginning of another', () => {
    const a = counted(0, 20);
    expect(sharePrefixes([a, a, [...a, 7], a])).toEqual({ prefixes: [{ row: 0, length: 19 }], of: [0, 0, 0, 0] });
  });

  it('leaves a batch as it is where two passes are no better', () => {
    expect(sharePrefixes([])).toBeUndefined();
    expect(sharePrefixes([[1, 2, 3]])).toBeUndefined();
    expect(sharePrefixes([counted(0, 9), counted(20, 9), counted(40, 3)])).toBeUndefined();
    // Two begin alike, but what the others need leaves nothing to gain.
    const a = counted(0, 10);
    expect(sharePrefixes([[...a, 1], [...a, 2], ...counted(1, 9).map((i) => counted(100 * i, 30))])).toBeUndefined();
  });

  it('counts the positions of the larger pass', () => {
    const a = Array.from({ length: 20 }, (_, i) => i);
    // 19 once, then one of each; or all 20 of each where nothing is alike.
    expect(positionsTogether([a, a, a, a])).toBe(19);
    expect(
      positionsTogether([
        [...a, 1, 2, 3],
        [...a, 4, 5, 6, 7, 8, 9],
      ]),
    ).toBe(20);
    expect(positionsTogether([a, a.map((id) => id + 100)])).toBe(40);
    expect(positionsTogether([])).toBe(0);
  });

  it('holds for drawn batches: prefixes are beginnings, and save positions', () => {
    const rng = new Rng(5, 'prefixes');
    const draw = (below: number): number => rng.int(below);
    let shared = 0;
    for (let trial = 0; trial < 500; trial += 1) {
      const beginnings = Array.from({ length: 1 + draw(4) }, () => counted(1000 * draw(4), draw(40)));
      const rows = Array.from({ length: 1 + draw(12) }, () => [
        ...beginnings[draw(beginnings.length)]!,
        ...counted(10 * draw(1e6), 1 + draw(12)),
      ]);
      const found = sharePrefixes(rows);
      if (!found) continue;
      shared += 1;
      const { prefixes, of } = found;
      rows.forEach((ids, row) => {
        const { row: other, length } = prefixes[of[row]!]!;
        expect(length).toBeLessThan(ids.length);
        expect(ids.slice(0, length)).toEqual(rows[other]!.slice(0, length));
      });
      const before = prefixes.length * Math.max(...prefixes.map(({ length }) => length));
      const after = rows.length * Math.max(...rows.map((ids, row) => ids.length - prefixes[of[row]!]!.length));
      expect(before + after).toBeLessThan(rows.length * Math.max(...rows.map(({ length }) => length)));
    }
    expect(shared).toBeGreaterThan(50);
  });
});
