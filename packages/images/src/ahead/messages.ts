import type { ImageRef, Problem } from '@moslora/specs';
import type { ImageProcessor } from '../processor';

/** A picture to prepare, as the pool asks a worker for it. */
export interface PictureRequest {
  id: number;
  ref: ImageRef;
  processor: ImageProcessor;
  sample: string | undefined;
  pixelLimit?: number | undefined;
}

/** What a worker answers: the pixels (3, S, S), what is wrong with the picture, or a bug. */
export type PictureReply =
  | { id: number; pixels: Float32Array<ArrayBuffer> }
  | { id: number; problems: readonly Problem[] }
  | { id: number; bug: string };
