import type { ValidationState } from '../checkpoints/checkpoint-state';

/** What a training run tells after every optimiser step. */
export interface TrainProgress {
  step: number;
  total: number;
  /** Mean loss per label token of this step. */
  loss: number;
  learningRate: number;
  gradientNorm: number;
  /** Label tokens of this step. */
  tokens: number;
  /** Wall time of this step. */
  seconds: number;
  /** True where nothing was learned: loss or gradient was not finite. */
  skipped?: true;
}

/** How a training run ended. */
export interface TrainResult {
  steps: number;
  /** True where a signal stopped it early; a checkpoint was written. */
  interrupted: boolean;
  /** The step it went on from; 0 for a fresh run. */
  resumedFrom: number;
  skippedSteps: number;
  /** Label tokens, all attempts together. */
  tokens: number;
  /** Training time, all attempts together. */
  seconds: number;
  /** Mean of the last ten steps' losses. */
  finalLoss: number;
  /** The step whose weights the parameters hold now: the last one, or the best. */
  weightsOfStep: number;
  /** Where there was validation: its least loss, and whether the run was ended by it. */
  validation?: Pick<ValidationState, 'best'> & { stoppedEarly: boolean };
}
