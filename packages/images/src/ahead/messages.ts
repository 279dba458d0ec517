import type { ImageRef, Problem } from '@moslora/specs';
import type { ImageProcessor } from '../processor';

/** A picture to prepare, as the pool asks a worker for it. */
export interface PictureRequest {
  ref: ImageRef;
  processor: ImageProcessor;
  sample: string | undefined;
  pixelLimit?: number | undefined;
}

/** What a thread is asked. */
export interface ThreadRequest<Request> {
  id: number;
  request: Request;
}

/** What it answers: what was asked for, what is wrong with what it was given, or a bug. */
export type ThreadReply<Answer> =
  { id: number; answer: Answer } | { id: number; problems: readonly Problem[] } | { id: number; bug: string };
