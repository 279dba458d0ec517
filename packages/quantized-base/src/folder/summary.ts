import type { FloatType } from '../code/decode';
import type { PlannedTensor } from './plan-tensors';
import type { TaskOutcome } from './task/tensor-task';

export interface QuantizeSummary {
  /** Matrices in 4 bits. */
  quantized: number;
  /** Tensors left dense. */
  kept: number;
  /** Of what is left dense, where it was given one type; and of the values that codes stand for. */
  dtype: FloatType;
  /** Weights in 4 bits. */
  weights: number;
  /** Stored bits of each, scales included. */
  bitsPerWeight: number;
  /** √(Σ(ŵ - w)² / Σw²) over all weights in 4 bits. */
  relativeError: number;
  /** Of all tensors, before and after. */
  inputBytes: number;
  outputBytes: number;
}

export function summarize(
  planned: readonly PlannedTensor[],
  outcomes: ReadonlyMap<string, TaskOutcome>,
): Omit<QuantizeSummary, 'dtype'> {
  const total = <T>(items: readonly T[], value: (item: T) => number): number =>
    items.reduce((sum, item) => sum + value(item), 0);
  const inFour = planned.filter(({ weights }) => weights > 0);
  const weights = total(inFour, (tensor) => tensor.weights);
  const squares = total(inFour, ({ name }) => outcomes.get(name)?.squares ?? 0);
  const squaredError = total(inFour, ({ name }) => outcomes.get(name)?.squaredError ?? 0);
  return {
    quantized: inFour.length,
    kept: planned.length - inFour.length,
    weights,
    bitsPerWeight: (8 * total(inFour, (tensor) => tensor.weightBytes)) / weights,
    relativeError: Math.sqrt(squaredError / Math.max(squares, Number.MIN_VALUE)),
    inputBytes: total(planned, (tensor) => tensor.inputBytes),
    outputBytes: total(planned, (tensor) => tensor.bytes),
  };
}
