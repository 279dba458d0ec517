import { describe, expect, it } from 'vitest';
import { collate } from './collate';
import { packRows } from './pack-rows';

describe('packRows', () => {
  it('fills rows with what fits, and takes the fewest positions', () => {
    expect(packRows([100, 60, 40, 100], 2048)).toEqual([[0], [1, 2], [3]]);
    expect(packRows([100, 51, 51, 51], 2048)).toEqual([[0, 1, 2, 3]]);
    expect(packRows([100, 51, 51, 51], 160)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(packRows([7, 7], 7)).toEqual([[0], [1]]);
    expect(packRows([], 7)).toEqual([]);
  });

  it('loses and doubles no sample, and makes no row longer than allowed nor the batch larger', () => {
    for (let trial = 1; trial <= 200; trial++) {
      const lengths = Array.from({ length: 1 + (trial % 19) }, (_, at) => 1 + ((at * 31 * trial + trial * trial) % 97));
      const maxLength = Math.max(...lengths, 40 + trial);
      const rows = packRows(lengths, maxLength);
      expect(rows.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, at) => at));
      const filled = rows.map((row) => row.reduce((sum, at) => sum + lengths[at]!, 0));
      expect(Math.max(...filled)).toBeLessThanOrEqual(maxLength);
      expect(rows.length * Math.max(...filled)).toBeLessThanOrEqual(lengths.length * Math.max(...lengths));
    }
  });
});

describe('collate with packing', () => {
  it('restarts positions, marks whose ids they are, and says which pictures come in which order', () => {
    const samples = [
      { inputIds: [1, 2, 3, 4, 5], labels: [-100, -100, 3, 4, 5] },
      { inputIds: [6, -200, 7], labels: [6, -100, 7] },
      { inputIds: [8, 9, 10, 11, 12, 13], labels: [-100, 9, 10, 11, 12, 13] },
      { inputIds: [-200, 14], labels: [-100, 14] },
    ];
    const batch = collate(samples, { patchesPerSlot: 2, padId: 0, maxLength: 10, pack: true });
    expect([batch.size, batch.length, batch.kept]).toEqual([2, 10, [0, 3, 1, 2]]);
    const row = (values: Int32Array, at: number): number[] => [...values.slice(10 * at, 10 * at + 10)];
    expect(row(batch.inputIds, 0)).toEqual([1, 2, 3, 4, 5, -200, -200, 14, 0, 0]);
    expect(row(batch.inputIds, 1)).toEqual([6, -200, -200, 7, 8, 9, 10, 11, 12, 13]);
    expect(row(batch.labels, 1)).toEqual([-100, -100, -100, 7, -100, 9, 10, 11, 12, 13]);
    expect(row(batch.positions!, 0).slice(0, 8)).toEqual([0, 1, 2, 3, 4, 0, 1, 2]);
    expect(row(batch.positions!, 1)).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 4, 5]);
    expect(row(batch.branches!, 1)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    expect(batch.slots).toEqual([
      { row: 0, start: 5, picture: 0 },
      { row: 1, start: 1, picture: 1 },
    ]);
    expect(batch.trainedTokens).toBe(3 + 1 + 5 + 1);
  });
});
