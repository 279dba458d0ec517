import { tf } from '@moslora/runtime';
import type { Region } from '@moslora/specs';
import type { RegionBatch } from '@moslora/vision-encoder';

/** A region ready for the tower: what each patch counts in it, and the ids of its phrase. */
export interface PatchRegion {
  /** (N): 1/n for the n patches whose centres lie in the box, else 0 */
  weights: Float32Array;
  ids: number[];
}

/** Which of side x side patches a box covers: those with their centre in it, or the one nearest to its middle where it has none. */
export function patchesOfBox([left, top, right, bottom]: Region['box'], side: number): number[] {
  const covered: number[] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [(column + 0.5) / side, (row + 0.5) / side];
      if (x >= left && x <= right && y >= top && y <= bottom) covered.push(row * side + column);
    }
  }
  if (covered.length > 0) return covered;
  const nearest = (middle: number): number => Math.min(side - 1, Math.max(0, Math.floor(middle * side)));
  return [nearest((top + bottom) / 2) * side + nearest((left + right) / 2)];
}

/** A region over side x side patches. */
export function patchRegion(region: Region, side: number, ids: number[]): PatchRegion {
  const weights = new Float32Array(side * side);
  const covered = patchesOfBox(region.box, side);
  for (const patch of covered) weights[patch] = 1 / covered.length;
  return { weights, ids };
}

/** The regions of a batch's pictures as tensors; undefined where none has any. */
export function regionBatch(pictures: readonly (readonly PatchRegion[])[], patches: number): RegionBatch | undefined {
  const most = Math.max(...pictures.map(({ length }) => length));
  if (most === 0) return undefined;
  const weights = new Float32Array(pictures.length * most * patches);
  const [rows, targets]: [number[], number[]] = [[], []];
  const phrases = new Map<string, { at: number; ids: number[] }>();
  pictures.forEach((regions, picture) => {
    regions.forEach((region, index) => {
      const row = picture * most + index;
      weights.set(region.weights, row * patches);
      const key = region.ids.join(' ');
      const phrase = phrases.get(key) ?? { at: phrases.size, ids: region.ids };
      phrases.set(key, phrase);
      rows.push(row);
      targets.push(phrase.at);
    });
  });
  const texts = [...phrases.values()].map(({ ids }) => ids);
  const { textIds, lengths } = textBatch(texts);
  return {
    weights: tf.tensor3d(weights, [pictures.length, most, patches]), // (B, K, N)
    rows: tf.tensor1d(rows, 'int32'), // (R)
    phrases: tf.tensor1d(targets, 'int32'), // (R)
    textIds,
    lengths,
  };
}

/** Texts as ids (B, T), padded on the right with zeros. */
export function textBatch(texts: readonly (readonly number[])[]): { textIds: tf.Tensor2D; lengths: number[] } {
  const lengths = texts.map(({ length }) => length);
  const longest = Math.max(...lengths);
  const ids = new Int32Array(texts.length * longest);
  texts.forEach((text, row) => ids.set(text, row * longest));
  return { textIds: tf.tensor2d(ids, [texts.length, longest], 'int32'), lengths };
}
