import type { Rng } from '@moslora/runtime';
import { candidates, penaliseRepetition } from './candidates';
import { largest } from './largest';
import type { Sampling } from './settings';

/**
 * The next token of one row from its logits (V), which are changed on the way.
 * @param seen ids of the prompt and of the answer so far
 */
export function chooseToken(logits: Float32Array, seen: Iterable<number>, sampling: Sampling, rng: Rng): number {
  if (logits.some(Number.isNaN)) throw new Error('the model gave logits that are no numbers');
  if (sampling.repetitionPenalty !== 1) penaliseRepetition(logits, seen, sampling.repetitionPenalty);
  if (!sampling.doSample) return largest(logits, 1)[0]!;
  const { ids, scores } = candidates(logits, sampling);
  return ids[draw(scores, rng.next())]!;
}

/** Where `share` of the way falls in the probabilities softmax(scores), scores falling. */
function draw(scores: Float32Array, share: number): number {
  const weights = Float64Array.from(scores, (score) => Math.exp(score - scores[0]!));
  const target = share * weights.reduce((a, b) => a + b, 0);
  let sum = 0;
  const found = weights.findIndex((weight) => (sum += weight) > target);
  return found < 0 ? weights.length - 1 : found;
}
