import type { ImageProcessor } from '@moslora/images';
import type { LlavaLayout, Speaker } from '@moslora/model-llava';
import type { Template, Tokenizer } from '@moslora/tokenization';

/** The chat template that a model is asked with. */
export interface Voice {
  template: Template;
  /** It was stored with the model when that was tuned. */
  stored: boolean;
  /** Where it is from, where it was not stored. */
  from?: string;
}

/** What sees pictures for a model. */
export interface Eyes {
  processor: ImageProcessor;
  /** (N, D) of the features of one picture. */
  shape: readonly [number, number];
  /** Features (P*N*D) of pictures (3, S, S) each. */
  see(pixels: readonly Float32Array[]): Float32Array;
}

/** A model that was loaded. */
export interface OpenModel {
  speaker: Speaker;
  /** Undefined for a language model. */
  eyes: Eyes | undefined;
  dispose(): void;
}

/** Where the parts of a tuning stage's model lie. */
export interface StageParts {
  base: string;
  tower: string;
  projector: string;
  /** An align stage has none. */
  adapter: string | undefined;
  /** Of the tower, where one was trained. */
  towerAdapter: string | undefined;
  /** Which of the tower's features the projector gets, as text. */
  features: string;
}

/** A model that can be asked. Only what its prompts are made with is read before it is opened. */
export interface Answerer {
  /** Its folder, or pipeline:stage. */
  name: string;
  tokenizer: Tokenizer;
  /** Text put before every question. */
  system: string | undefined;
  /** Whether it takes pictures. */
  seesPictures: boolean;
  /** Ids and texts that end an answer, beside the template's. */
  stop: readonly number[];
  stopStrings: readonly string[];
  /** @throws UserError where no template is known */
  voice(): Voice;
  /** SHA-256 over the weights, their configuration and the tokenizer. */
  sha256(): Promise<string>;
  /** `bare`: without the adapter that {@link StageParts} names. */
  open(options?: { bare?: boolean }): Promise<OpenModel>;
  /** Undefined for the model of a folder. */
  parts?(): StageParts;
  /** Of a folder with a LLaVA. */
  layout?: LlavaLayout | undefined;
}
