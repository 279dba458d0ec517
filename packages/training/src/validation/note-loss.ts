import type { ValidationSettings } from '@moslora/specs';
import type { ValidationState } from '../checkpoints/checkpoint-state';

/** Before the first validation. */
export const notValidated: ValidationState = { sinceBest: 0, stopped: false };

/**
 * What is known after a validation at `step` gave `loss`. It is the best one where it is finite and lower than the best by more than
 * `minDelta`; after `patience` others in a row the run is to stop.
 */
export function noteLoss(
  known: ValidationState,
  { step, loss }: { step: number; loss: number },
  { earlyStop }: Pick<ValidationSettings, 'earlyStop'>,
): ValidationState {
  const { minDelta = 0, patience = Infinity } = earlyStop ?? {};
  const better = Number.isFinite(loss) && (known.best === undefined || loss < known.best.loss - minDelta);
  if (better) return { best: { step, loss }, sinceBest: 0, stopped: false };
  const sinceBest = known.sinceBest + 1;
  return { ...known, sinceBest, stopped: sinceBest >= patience };
}
