/** The six abilities of MMBench in the order of its tables. Source: VLMEvalKit's abbreviations. */
export const abilities = ['AR', 'CP', 'FP-C', 'FP-S', 'LR', 'RR'] as const;
export type Ability = (typeof abilities)[number];

export const abilityNames: Record<Ability, string> = {
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
  /** Accuracy on the unrotated questions alone. */
  vanilla: number;
  abilities: Partial<Record<Ability, number>>;
}

/** One model (or control) that was scored. `role` decides how it is drawn. */
export interface ReportRun {
  label: string;
  role: 'main' | 'beside' | 'control';
  /** By benchmark name, such as `en` and `cn`. */
  scores: Record<string, BenchmarkScores>;
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
  options: { letter: string; text: string }[];
  answer: string;
  replies: { label: string; text: string; letter: string; correct: boolean; rotationsRight: string }[];
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

/** Benchmark names over all runs, in order of first appearance. */
export function benchmarksOf(runs: readonly ReportRun[]): string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run.scores)))];
}
