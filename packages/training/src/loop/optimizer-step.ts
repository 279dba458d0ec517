import { globalNorm } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import type { TrainConfig } from '@moslora/specs';
import type { AdamW } from '../optimizer/adamw';
import type { StepSums } from './accumulate';

/** What came of one optimiser step. */
export interface StepOutcome {
  /** Mean per label token. */
  loss: number;
  /** Global norm of the mean gradient, before clipping. */
  gradientNorm: number;
  /** False where loss or gradient is not finite: parameters and moments then stay as they were. */
  updated: boolean;
}

/** Divides the sums by the label tokens, clips by global norm and updates; frees the gradients. */
export function optimizerStep(
  { gradients, loss: lossSum, tokens }: StepSums,
  optimizer: AdamW,
  { rateFactor, clipNorm }: { rateFactor: number } & Pick<TrainConfig, 'clipNorm'>,
): StepOutcome {
  const all = [...gradients.values()];
  const normOfSum = all.length === 0 ? 0 : tf.tidy(() => globalNorm(all).dataSync()[0] as number);
  const gradientNorm = normOfSum / tokens;
  const loss = lossSum / tokens;
  const updated = Number.isFinite(loss) && Number.isFinite(gradientNorm);
  if (updated) {
    const clip = Math.min(1, clipNorm / (gradientNorm + 1e-6));
    optimizer.step(gradients, rateFactor, clip / tokens);
  }
  tf.dispose(all);
  return { loss, gradientNorm, updated };
}
