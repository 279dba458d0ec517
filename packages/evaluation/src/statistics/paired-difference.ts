import { bootstrapFacts, quantile } from './bootstrap';
import { randomNumbers } from './random';

/** Mean scores of two runs over the same questions, and how far apart they are. */
export interface PairedDifference {
  first: number;
  second: number;
  /** second - first. */
  difference: number;
  /** Ends of its 95 % interval. */
  low: number;
  high: number;
}

/** The difference of two means over the same questions, its interval by the bootstrap over questions (both answers go together). */
export function pairedDifference(first: readonly number[], second: readonly number[]): PairedDifference {
  const count = first.length;
  const mean = (scores: readonly number[]): number => scores.reduce((sum, score) => sum + score, 0) / count;
  const gaps = Float64Array.from(second, (score, i) => score - first[i]!);
  const random = randomNumbers(bootstrapFacts.seed);
  const draws = new Float64Array(count === 0 ? 0 : bootstrapFacts.replicates);
  for (let draw = 0; draw < draws.length; draw += 1) {
    let sum = 0;
    for (let i = 0; i < count; i += 1) sum += gaps[Math.floor(random() * count)]!;
    draws[draw] = sum / count;
  }
  draws.sort();
  const [a, b] = [mean(first), mean(second)];
  return { first: a, second: b, difference: b - a, low: quantile(draws, 0.025), high: quantile(draws, 0.975) };
}
