import type { MeasuredLevel } from '@moslora/specs';

/** How often each question counts: 1 for the figure itself, how often it was drawn for a bootstrap's. */
export type Weights = ArrayLike<number>;

/** A figure of a result table, as a function of how often each question counts. */
export interface Measure {
  /** Such as Overall, AR, ocr, F1. */
  name: string;
  /** What it is about, so that tables can be ordered. */
  level: MeasuredLevel;
  /** The split of the benchmark's file; `none` where it names none, or the figure is over all. */
  split: string;
  /** What a perfect answerer gets: 1 for shares, 2000 for MME's perception. */
  most: number;
  /** Questions it is made of. */
  questions: number;
  /** NaN where no question counts. */
  of(weights: Weights): number;
}

/** A figure with what the bootstrap says of it. */
export interface MeasuredValue extends Omit<Measure, 'of'> {
  value: number;
  /** Ends of the 95 % interval. */
  low: number;
  high: number;
}

/** Σ weight x score / Σ weight over the questions at `members`. */
export function meanOf(scores: readonly number[], members: readonly number[]): (weights: Weights) => number {
  const which = Int32Array.from(members);
  const values = Float64Array.from(members, (member) => scores[member]!);
  return (weights) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < which.length; i += 1) {
      const weight = weights[which[i]!]!;
      count += weight;
      sum += weight * values[i]!;
    }
    return sum / count;
  };
}
