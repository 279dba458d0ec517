import type { Sampling, TokenLikelihood } from '@moslora/model-llava';
import type { ServedModel } from '../served';

/** A token of an answer with its likelihood, where that was asked for. */
export interface JobToken extends TokenLikelihood {
  id: number;
}

/** What comes of a job: pieces of text, then why it ended. */
export type JobEvent =
  | { kind: 'piece'; text: string; tokens: JobToken[] }
  | { kind: 'end'; finish: 'stop' | 'length'; newTokens: number }
  | { kind: 'failed'; error: unknown };

/** A picture as the model sees it. */
export interface SeenPicture {
  /** The hash of its bytes: those with the same are the same picture. */
  key: string;
  /** (N*D) */
  features: Float32Array;
}

/** A prompt to answer. */
export interface Job {
  model: ServedModel;
  /** Ids with one -200 per picture. */
  ids: readonly number[];
  /** In reading order. */
  pictures: readonly SeenPicture[];
  sampling: Sampling;
  maxNewTokens: number;
  /** Texts that end the answer, beside the model's. */
  stop: readonly string[];
  /** How many of the likeliest tokens are told with each; undefined: no likelihoods. */
  likeliest?: number | undefined;
  /** Aborted when nobody waits any more. */
  signal: AbortSignal;
  emit(event: JobEvent): void;
}
