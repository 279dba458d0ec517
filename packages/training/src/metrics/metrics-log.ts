import { StepLog } from './step-log';

/** One line of metrics.jsonl. */
export interface StepMetrics {
  /** Optimiser steps done, from 1. */
  step: number;
  /** Mean loss per label token of this step; null where it was no finite number. */
  loss: number | null;
  learningRate: number;
  /** Global gradient norm before clipping; null where it was no finite number. */
  gradientNorm: number | null;
  /** Label tokens in this step. */
  tokens: number;
  /** Wall time of this step. */
  seconds: number;
  /** True where nothing was learned in this step: loss or gradient was not finite. */
  skipped?: true;
}

/** metrics.jsonl. */
export class MetricsLog extends StepLog<StepMetrics> {
  /** Steps with their losses, those left out that have none. */
  losses(): { step: number; loss: number }[] {
    return this.read().flatMap(({ step, loss }) => (loss === null ? [] : [{ step, loss }]));
  }
}
