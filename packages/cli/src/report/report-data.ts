import type { Ability, TableFacts } from '@moslora/evaluation';

/** What a report calls the abilities. */
export const abilityTitles: Record<Ability, string> = {
  AR: 'Attribute reasoning',
  CP: 'Coarse perception',
  'FP-C': 'Fine perception, cross-instance',
  'FP-S': 'Fine perception, single instance',
  LR: 'Logic reasoning',
  RR: 'Relation reasoning',
};

/** One benchmark's scores of one run, as fractions. */
export interface BenchmarkScores {
  questions: number;
  overall: number;
  /** Ends of its 95 % interval. */
  interval: readonly [number, number];
  /** Accuracy on the unrotated questions alone. */
  vanilla: number;
  abilities: Partial<Record<Ability, number>>;
}

/** A benchmark without abilities, answered by one run; open questions are right by exact match. */
export interface OpenScores {
  questions: number;
  /** Absent where answers are right in parts. */
  right?: number;
  /** As a fraction. */
  accuracy: number;
  /** Ends of its 95 % interval. */
  interval: readonly [number, number];
}

/** One model (or control) that was scored. `role` decides how it is drawn. */
export interface ReportRun {
  label: string;
  role: 'main' | 'beside' | 'control';
  /** MMBench-format benchmarks by name, such as `en` and `cn`. */
  scores: Record<string, BenchmarkScores>;
  /** Open questions by name, such as `easy-vqa`. */
  open: Record<string, OpenScores>;
  /** What the figures rest on, by benchmark. */
  facts: Record<string, TableFacts>;
  /** What to be wary of, by benchmark. */
  warnings: Record<string, readonly string[]>;
}

/** Training of one stage, for the loss curves. */
export interface LossCurve {
  label: string;
  points: { step: number; loss: number }[];
}

/** One question with what each run answered. */
export interface Example {
  benchmark: string;
  ability: string;
  /** As a data: URI. */
  image: string;
  question: string;
  /** Empty for open questions. */
  options: { letter: string; text: string }[];
  /** The right letter; of an open question the accepted answers. */
  answer: string;
  replies: Reply[];
}

/** What one run answered. */
export interface Reply {
  label: string;
  text: string;
  correct: boolean;
  /** The letter read from the answer, or a dash; absent for open questions. */
  letter?: string;
  /** Such as 3/4; absent for open questions. */
  rotationsRight?: string;
}

export interface StageTime {
  stage: string;
  seconds: number;
  peakMemoryBytes: number;
  device: string;
}

/** A named block of facts: configuration, versions, parameter counts. */
export interface FactBlock {
  title: string;
  facts: [string, string][];
}

export interface ReportData {
  title: string;
  /** Shown above everything, where the run was reduced or otherwise not the full one. */
  notice?: string;
  runs: ReportRun[];
  curves: LossCurve[];
  examples: Example[];
  stages: StageTime[];
  blocks: FactBlock[];
  /** What the numbers mean: prompt style, rule set, template, decoding, data hash. */
  method: [string, string][];
}

/** Names of MMBench-format benchmarks over all runs, in order of first appearance. */
export function benchmarksOf(runs: readonly ReportRun[]): string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run.scores)))];
}

/** Names of sets of open questions over all runs, in order of first appearance. */
export function openBenchmarksOf(runs: readonly ReportRun[]): string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run.open)))];
}
