import { z } from 'zod';

/** Where a picture slot stands in a turn's text; one occurrence per picture of the sample, in order. */
export const IMAGE_MARKER = '<image>';

/** A picture by the absolute path of its file, or of a larger file with its place in it (a tar shard), or its encoded bytes (PNG, JPEG, WebP). */
export type ImageRef = { path: string; slice?: FileSlice } | { bytes: Uint8Array };

/** Bytes [start, start + length) of a file. */
export interface FileSlice {
  start: number;
  length: number;
}

export const turnSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']).describe('who speaks'),
  text: z.string().describe('what is said; `<image>` marks a picture slot'),
});
export type Turn = z.infer<typeof turnSchema>;

/** One training conversation. Assistant turns are trained, all others masked. */
export interface Sample {
  id: string;
  /** In the order of the `<image>` markers in the turns; empty for text-only samples. */
  images: ImageRef[];
  turns: Turn[];
  /** What parts of the (only) picture show, where the dataset knows: dense supervision for contrastive pretraining. */
  regions?: Region[];
}

/** A part of a picture in words. */
export interface Region {
  /** Left, top, right and bottom edge, as fractions of the picture's width and height. */
  box: readonly [left: number, top: number, right: number, bottom: number];
  text: string;
}

/** One open question with its accepted answers, scored by normalised exact match (easy-VQA, VQA-RAD). */
export interface OpenQuestion {
  id: string;
  image: ImageRef;
  question: string;
  answers: string[];
}
