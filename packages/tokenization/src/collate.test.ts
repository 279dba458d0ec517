import { describe, expect, it } from 'vitest';
import { collate, IGNORE_INDEX as M, IMAGE_TOKEN_INDEX as P } from './index';

const options = { patchesPerSlot: 3, padId: 7, maxLength: 100 };
const picture = { inputIds: [1, P, 2, 50], labels: [M, M, M, 50] };
const text = { inputIds: [1, 60, 61], labels: [M, 60, 61] };
const twoPictures = { inputIds: [P, 1, P, 40, 41], labels: [M, M, M, 40, 41] };

describe('collate', () => {
  it('pads on the right and widens every slot', () => {
    expect(collate([text, picture, twoPictures], options)).toEqual({
      size: 3,
      length: 9,
      inputIds: Int32Array.of(1, 60, 61, 7, 7, 7, 7, 7, 7, 1, P, P, P, 2, 50, 7, 7, 7, P, P, P, 1, P, P, P, 40, 41),
      labels: Int32Array.of(M, 60, 61, M, M, M, M, M, M, M, M, M, M, M, 50, M, M, M, M, M, M, M, M, M, M, 40, 41),
      lengths: Int32Array.of(3, 6, 9),
      slots: [
        { row: 1, start: 1, picture: 0 },
        { row: 2, start: 0, picture: 1 },
        { row: 2, start: 4, picture: 2 },
      ],
      kept: [0, 1, 2],
      dropped: [],
      trainedTokens: 5,
    });
  });

  it('cuts text at the limit, never a picture', () => {
    const batch = collate([text, twoPictures, picture], { ...options, maxLength: 8 });
    expect(batch).toMatchObject({ size: 3, length: 8, kept: [0, 1, 2], trainedTokens: 4 });
    expect(Array.from(batch.lengths)).toEqual([3, 8, 6]);
  });

  it.each([
    [6, 'its pictures reach to position 7, past the limit of 6 positions'],
    [7, 'no trained token within the first 7 of 9 positions'],
  ])('leaves out what does not fit into %i positions, with the reason', (maxLength, reason) => {
    const batch = collate([twoPictures, picture], { ...options, maxLength });
    expect(batch.dropped).toEqual([{ sample: 0, reason }]);
    expect(batch).toMatchObject({ size: 1, kept: [1], slots: [{ row: 0, start: 1, picture: 0 }] });
  });

  it('leaves out a sample whose only label is at position 0: nothing predicts it', () => {
    expect(collate([{ inputIds: [5], labels: [5] }], options)).toMatchObject({ size: 0, length: 0 });
  });

  it('keeps every id and label of every sample, for any lengths', () => {
    for (let seed = 1; seed <= 200; seed++) {
      let state = seed * 2654435761;
      const next = (n: number): number => (state = (state * 1103515245 + 12345) % 2147483648) % n;
      const samples = Array.from({ length: 1 + next(4) }, () => {
        const inputIds = [1, ...Array.from({ length: next(9) }, () => (next(4) === 0 ? P : 10 + next(90))), 99];
        return { inputIds, labels: inputIds.map((id, t) => (t === inputIds.length - 1 ? id : M)) };
      });
      const batch = collate(samples, { patchesPerSlot: 1 + next(5), padId: 0, maxLength: 1000 });
      const width = (ids: number[]): number => ids.filter((id) => id !== P).length;
      samples.forEach(({ inputIds }, b) => {
        const row = Array.from(batch.inputIds.slice(b * batch.length, (b + 1) * batch.length));
        const length = batch.lengths[b] ?? 0;
        expect(row.slice(length).every((id) => id === 0)).toBe(true);
        expect(width(row.slice(0, length))).toBe(width(inputIds));
        expect(batch.labels[b * batch.length + length - 1]).toBe(99);
      });
      expect(batch.slots).toHaveLength(samples.flatMap((s) => s.inputIds).filter((id) => id === P).length);
      for (const { row, start } of batch.slots) expect(batch.inputIds[row * batch.length + start]).toBe(P);
    }
  });
});
