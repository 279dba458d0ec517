import type { ImageProcessor } from '@moslora/images';
import type { Speaker } from '@moslora/model-llava';
import type { Template, Tokenizer } from '@moslora/tokenization';

/** What sees pictures for all models that are served. */
export interface ServedEyes {
  processor: ImageProcessor;
  /** (N, D) of the features of one picture. */
  shape: readonly [number, number];
  /** Features (P*N*D) of pictures (3, S, S) each. */
  see(pixels: readonly Float32Array[]): Float32Array;
}

/** A model that requests name. Several may share one base: `use` then puts what is this one's own in place. */
export interface ServedModel {
  id: string;
  speaker: Speaker;
  template: Template;
  /** Text of the system turn where a request has none. */
  system: string | undefined;
  /** Ids and texts that end an answer, beside the template's. */
  stop: readonly number[];
  stopStrings: readonly string[];
  /** Called before every forward pass of this model. */
  use(): void;
}

/** Models in memory: one base with its tokenizer and eyes, under one or several names. */
export interface Served {
  tokenizer: Tokenizer;
  /** Undefined where no model takes pictures. */
  eyes: ServedEyes | undefined;
  models: readonly ServedModel[];
}
