import type { Colour } from './frame';
import type { Resample } from './filters';

/** How a picture becomes the (3, S, S) input of a vision tower. */
export interface ImageProcessor {
  /** S, the side of the result in pixels. */
  size: number;
  /** Per channel, in units of the rescaled value: y = (x * rescale - mean) / std. */
  mean: Colour;
  std: Colour;
  /** `pad` to a square first; resize the shortest edge and `crop` the middle; or `squash` both sides to S. */
  fit: 'pad' | 'crop' | 'squash';
  resample: Resample;
  /** Of the padding, 0..255; default int(255 * mean). */
  background?: Colour;
  /** Length that the shortest edge (of `squash`, every edge) is resized to before the middle S is cut out; default S. */
  shortestEdge?: number;
  /** Factor on the bytes; default 1/255. */
  rescale?: number;
}

export const clipMean: Colour = [0.48145466, 0.4578275, 0.40821073];
export const clipStd: Colour = [0.26862954, 0.26130258, 0.27577711];

/** CLIP's own processing as LLaVA-1.5 uses it in stage 2 and at inference: padded to a square, bicubic. */
export function clipProcessor(size: number): ImageProcessor {
  return { size, mean: clipMean, std: clipStd, fit: 'pad', resample: 'bicubic' };
}

/** The same with pictures padded to squares first, as LLaVA-1.5 does in stage 2 and at inference. */
export function padded(processor: ImageProcessor): ImageProcessor {
  return { ...processor, fit: 'pad' };
}

/** The colour padding gets: the processor's, or the mean's. */
export function backgroundOf({ background, mean }: ImageProcessor): Colour {
  return background ?? meanColour(mean);
}

/** int(255 * mean) per channel. */
export function meanColour([r, g, b]: Colour): Colour {
  return [Math.trunc(255 * r), Math.trunc(255 * g), Math.trunc(255 * b)];
}
