import type { ImageRef } from '@moslora/specs';
import { centreCrop, padToSquare } from './frame';
import { loadImage, type LoadOptions } from './load-image';
import type { Picture } from './picture';
import { backgroundOf, type ImageProcessor } from './processor';
import { resize } from './resize';

/** Brings a picture to (S, S) by the processor's `fit`. */
export function fitToSquare(picture: Picture, processor: ImageProcessor): Picture {
  const { size, fit, resample, shortestEdge: edge = size } = processor;
  if (fit === 'squash') return centreCrop(resize(picture, edge, edge, resample), size);
  const whole = fit === 'pad' ? padToSquare(picture, backgroundOf(processor)) : picture;
  const { width, height } = whole;
  const long = Math.trunc((edge * Math.max(width, height)) / Math.min(width, height));
  const [toWidth, toHeight] = width <= height ? [edge, long] : [long, edge];
  return centreCrop(resize(whole, toWidth, toHeight, resample), size);
}

/** y = (x * rescale - mean) / std in float32, (S, S, 3) bytes -> (3, S, S). */
export function normalise(
  { width, height, data }: Picture,
  { mean, std, rescale = 1 / 255 }: ImageProcessor,
): Float32Array {
  const pixels = width * height;
  const values = new Float32Array(3 * pixels);
  const table = new Float32Array(256);
  for (const channel of [0, 1, 2] as const) {
    const [m, s] = [Math.fround(mean[channel]), Math.fround(std[channel])];
    for (let byte = 0; byte < 256; byte++) table[byte] = Math.fround(Math.fround(byte * rescale) - m) / s;
    for (let i = 0; i < pixels; i++) values[channel * pixels + i] = table[data[i * 3 + channel]!]!;
  }
  return values;
}

/** A picture as the tower wants it: decoded, fitted, normalised. (3, S, S) */
export async function preprocess(
  ref: ImageRef,
  processor: ImageProcessor,
  options?: LoadOptions,
): Promise<Float32Array> {
  return normalise(fitToSquare(await loadImage(ref, options), processor), processor);
}
