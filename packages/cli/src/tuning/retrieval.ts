import { tf } from '@moslora/runtime';
import type { ContrastiveModel } from '@moslora/vision-encoder';
import type { CaptionSource } from './caption-source';

/**
 * How often a picture's own caption is the nearest among `among` captions of the held-out pairs (and a caption's own picture): the
 * plain measure of a contrastive tower. Chance is 1 / among.
 */
export function retrievalAccuracy(
  model: ContrastiveModel,
  source: CaptionSource,
  among = 64,
): { toText: number; toPicture: number; among: number } {
  const group = Math.min(among, source.size);
  const groups = Math.floor(source.size / group);
  let [toText, toPicture] = [0, 0];
  for (let start = 0; start < groups * group; start += group) {
    const batch = source.batch(Array.from({ length: group }, (_, index) => start + index));
    const [nearestText, nearestPicture] = tf.tidy(() => {
      const { pictures, texts } = model.embed(batch);
      const unit = (rows: tf.Tensor2D) => tf.div<tf.Tensor2D>(rows, tf.norm(rows, 'euclidean', 1, true));
      const similarity = tf.matMul(unit(pictures), unit(texts), false, true); // (P, P)
      return [tf.argMax(similarity, 1).dataSync(), tf.argMax(similarity, 0).dataSync()];
    });
    source.dispose(batch);
    for (let index = 0; index < group; index++) {
      if (nearestText?.[index] === index) toText++;
      if (nearestPicture?.[index] === index) toPicture++;
    }
  }
  const count = Math.max(1, groups * group);
  return { toText: toText / count, toPicture: toPicture / count, among: group };
}
