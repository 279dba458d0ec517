import type { MeasuredValue, Measure } from '../scoring/measure';
import { randomNumbers } from './random';

export interface BootstrapOptions {
  /** How often the questions are drawn anew; 1000. */
  replicates?: number;
  seed?: number;
  /** Which questions are drawn together: a number each, equal for those of one picture. Default: each by itself. */
  units?: readonly number[];
}

/** What tables say about intervals. */
export const bootstrapFacts = { level: 0.95, replicates: 1000, seed: 20240620 } as const;

/**
 * Every figure with its 95 % interval by the percentile bootstrap: as many questions as there are (all rotations of each with it; all of
 * a picture where `units` says so) are drawn with replacement, and the figure is made of them, 1000 times; the interval lies between the
 * 2.5 % and the 97.5 % of these.
 */
export function withIntervals(
  measures: readonly Measure[],
  questions: number,
  options: BootstrapOptions = {},
): MeasuredValue[] {
  const { replicates = bootstrapFacts.replicates, seed = bootstrapFacts.seed } = options;
  const draws = measures.map(() => new Float64Array(replicates));
  const draw = drawing(questions, seed, options.units);
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const weights = draw();
    for (let i = 0; i < measures.length; i += 1) draws[i]![replicate] = measures[i]!.of(weights);
  }
  const once = new Float64Array(questions).fill(1);
  return measures.map(({ of, ...about }, i) => {
    // A replicate in which a small category drew no question at all says nothing about it.
    const drawn = draws[i]!.filter((value) => !Number.isNaN(value)).sort();
    return { ...about, value: of(once), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
  });
}

/** Gives, call after call, how often each question was drawn; the array is filled anew every time. */
function drawing(questions: number, seed: number, units: readonly number[] | undefined): () => Float64Array {
  const random = randomNumbers(seed);
  const unitOf = units ?? Array.from({ length: questions }, (_, i) => i);
  const names = [...new Set(unitOf)];
  const place = new Map(names.map((name, i) => [name, i]));
  const slots = Int32Array.from(unitOf, (name) => place.get(name)!);
  const counts = new Float64Array(names.length);
  const weights = units ? new Float64Array(questions) : counts;
  return () => {
    counts.fill(0);
    for (let i = 0; i < names.length; i += 1) counts[Math.floor(random() * names.length)]! += 1;
    if (units) for (let i = 0; i < questions; i += 1) weights[i] = counts[slots[i]!]!;
    return weights;
  };
}

/** Of ascending values, linear between neighbours. NaN without any. */
export function quantile(ascending: Float64Array, share: number): number {
  if (ascending.length === 0) return NaN;
  const at = share * (ascending.length - 1);
  const [below, above] = [ascending[Math.floor(at)]!, ascending[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}
