import type { ImageRef, Problem, Sample } from '@moslora/specs';
import type { PrepareOptions } from '../tuning/prepare-samples';

/** What a thread that checks samples is started with; one that checks pictures alone needs nothing. */
export type CheckSetup = Omit<PrepareOptions, 'tokenizer' | 'policy'> & {
  /** Path of tokenizer.json. */
  tokenizer: string;
};

/** Some of the data to check. */
export type CheckRequest =
  { samples: readonly Sample[] } | { pictures: readonly { image: ImageRef; sample: string }[] };

/** A sample as it was found. */
export interface CheckedSample {
  problems: Problem[];
  /** Positions, picture patches included; undefined where it cannot be cut into tokens. */
  length: number | undefined;
  /** SHA-256 of the roles and texts. */
  text: string;
}

/** A picture as it was found: SHA-256 of its decoded pixels, or what is wrong. */
export type CheckedPicture = { hash: string } | { problems: readonly Problem[] };

/** In the order of the request. */
export type CheckAnswer = { samples: CheckedSample[] } | { pictures: CheckedPicture[] };
