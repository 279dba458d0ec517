/** The least, the middle and the largest of several values. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** Where the learning mixers M (R, R) of MoSLoRA stand at a step. */
export interface MixerReading {
  /** Mixers that learn. */
  modules: number;
  /** Of these, the ones whose singular values were measured. */
  measured: number;
  /** Over all singular values of the measured mixers. */
  singularValues: Spread;
  /** ‖M - I‖_F / √R over all mixers. */
  distance: Spread;
}

/** One line of metrics.jsonl. */
export interface StepMetrics {
  /** Optimiser steps done, from 1. */
  step: number;
  /** Steps of the whole run. */
  total: number;
  /** Mean loss per label token of this step; null where it was no finite number. */
  loss: number | null;
  learningRate: number;
  /** Global gradient norm before clipping; null where it was no finite number. */
  gradientNorm: number | null;
  /** Label tokens in this step. */
  tokens: number;
  /** Wall time of this step. */
  seconds: number;
  /** Resident size of the process after this step. */
  memoryBytes: number;
  /** True where nothing was learned in this step: loss or gradient was not finite. */
  skipped?: true;
  /** Every `mixerEvery` steps, where mixers learn. */
  mixers?: MixerReading;
}

/** A held-out question with the model's answer. */
export interface ValidationExample {
  sample: string;
  question: string;
  /** What the data answers. */
  expected: string;
  answer: string;
  /** Files of the sample's pictures, made small, relative to the run's folder. */
  pictures?: string[];
}

/** One line of validation.jsonl. */
export interface ValidationLine {
  /** Optimiser steps done. */
  step: number;
  /** Mean loss per label token over all of the held-out data; null where it was no finite number. */
  loss: number | null;
  /** Label tokens. */
  tokens: number;
  /** Wall time, examples included. */
  seconds: number;
  /** Whether this is the least loss so far. */
  best: boolean;
  examples?: ValidationExample[];
}
