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
}
