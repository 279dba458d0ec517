import { startBackend } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { patchesOfBox, patchRegion, regionBatch } from './region-batch';

describe('patchesOfBox', () => {
  it('takes the patches whose centres lie in the box', () => {
    expect(patchesOfBox([0, 0, 0.5, 0.5], 4)).toEqual([0, 1, 4, 5]);
    expect(patchesOfBox([0.5, 0, 1, 0.25], 4)).toEqual([2, 3]);
    expect(patchesOfBox([0, 0, 1, 1], 3)).toHaveLength(9);
  });

  it('takes the nearest one where a box is too small to hold a centre', () => {
    expect(patchesOfBox([0.76, 0.51, 0.8, 0.55], 4)).toEqual([11]);
    expect(patchesOfBox([0.99, 0.99, 1, 1], 4)).toEqual([15]);
  });
});

describe('regionBatch', () => {
  beforeAll(() => startBackend({ backend: 'wasm' }));

  it('holds every region once and every phrase once', () => {
    const region = (box: [number, number, number, number], ids: number[]) => patchRegion({ box, text: '' }, 2, ids);
    const batch = regionBatch(
      [[region([0, 0, 1, 0.5], [5, 6])], [], [region([0, 0, 0.5, 0.5], [7]), region([0, 0, 1, 1], [5, 6])]],
      4,
    )!;
    expect(batch.weights.shape).toEqual([3, 2, 4]);
    expect([...batch.weights.dataSync().slice(0, 8)]).toEqual([0.5, 0.5, 0, 0, 0, 0, 0, 0]);
    expect([...batch.rows.dataSync()]).toEqual([0, 4, 5]);
    expect([...batch.phrases.dataSync()]).toEqual([0, 1, 0]);
    expect(batch.textIds.arraySync()).toEqual([
      [5, 6],
      [7, 0],
    ]);
    expect(batch.lengths).toEqual([2, 1]);
  });

  it('is nothing where no picture has regions', () => {
    expect(regionBatch([[], []], 4)).toBeUndefined();
  });
});
