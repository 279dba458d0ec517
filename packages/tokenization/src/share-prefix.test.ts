import { describe, expect, it } from 'vitest';
import { collate } from './collate';
import { IGNORE_INDEX, IMAGE_TOKEN_INDEX } from './picture-slots';
import { branchPositions, sharePrefix } from './share-prefix';

const _ = IGNORE_INDEX;
const conversation = (prompt: number[], answer: number[]) => ({
  inputIds: [...prompt, ...answer],
  labels: [...prompt.map(() => _), ...answer],
});

describe('sharePrefix', () => {
  it('keeps the common prefix once, and every label beside its id', () => {
    const joined = sharePrefix([conversation([1, 2, 3], [7, 9]), conversation([1, 2, 4, 5], [8, 9])]);
    expect(joined.inputIds).toEqual([1, 2, 3, 7, 9, 4, 5, 8, 9]);
    expect(joined.labels).toEqual([_, _, _, 7, 9, _, _, 8, 9]);
    expect(joined.branches).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 2]);
  });

  it('leaves every branch an untrained id to predict its first answer from, though the prompts are equal', () => {
    const joined = sharePrefix([conversation([1, 2, 3], [7]), conversation([1, 2, 3], [8])]);
    expect(joined.inputIds).toEqual([1, 2, 3, 7, 3, 8]);
    expect(joined.branches).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('is the conversation itself where there is only one', () => {
    const single = conversation([1, 2, 3], [7, 9]);
    expect(sharePrefix([single])).toMatchObject(single);
  });
});

describe('branchPositions', () => {
  it('counts on from the prefix in every branch', () => {
    expect([...branchPositions([0, 0, 0, 1, 1, 2, 2, 2])]).toEqual([0, 1, 2, 3, 4, 3, 4, 5]);
  });
});

describe('collate', () => {
  it('widens branches with their pictures and gives rows without branches plain positions', () => {
    const shared = sharePrefix([
      conversation([1, IMAGE_TOKEN_INDEX, 3], [7]),
      conversation([1, IMAGE_TOKEN_INDEX, 4], [8]),
    ]);
    const batch = collate([shared, conversation([5, 6], [9])], { patchesPerSlot: 2, padId: 0, maxLength: 64 });
    expect([...(batch.branches ?? [])]).toEqual([0, 0, 0, 1, 1, 2, 2, ...[0, 0, 0, 0, 0, 0, 0]]);
    expect([...(batch.positions ?? [])]).toEqual([0, 1, 2, 3, 4, 3, 4, ...[0, 1, 2, 3, 4, 5, 6]]);
    expect(collate([conversation([5], [9])], { patchesPerSlot: 2, padId: 0, maxLength: 64 }).branches).toBeUndefined();
  });
});
