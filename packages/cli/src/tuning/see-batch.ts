import { hostValues, tf } from '@moslora/runtime';
import type { FeatureChoice, VisionTower } from '@moslora/vision-encoder';

/** (N, D) of the features of one picture. */
export function featureShape(tower: VisionTower, choice: FeatureChoice): [number, number] {
  return [tower.featureRows(choice), tower.config.hiddenSize * [choice.layer].flat().length];
}

/** Pixels (P, 3, S, S) of pictures of (3, S, S) each; to be disposed. */
export function pixelBatch(pixels: readonly Float32Array[], side: number): tf.Tensor4D {
  const each = 3 * side * side;
  const all = new Float32Array(pixels.length * each);
  pixels.forEach((picture, index) => all.set(picture, index * each));
  return tf.tensor4d(all, [pixels.length, 3, side, side]);
}

/** Features (P*N*D) of pictures (3, S, S) each. */
export function seeBatch(
  tower: VisionTower,
  choice: FeatureChoice,
  pixels: readonly Float32Array[],
  side: number,
): Float32Array {
  if (pixels.length === 0) return new Float32Array(0);
  return hostValues(() => tower.features(pixelBatch(pixels, side), choice)); // (P, N, D)
}
