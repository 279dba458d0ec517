import type { Asked, Benchmark, EvaluationResult, QuestionVerdict } from '@moslora/specs';
import type { InferenceRules } from '../inference/infer-option';
import type { Judge } from '../judge/judge';
import { scorers } from '../scorers/scorers';
import type { Verdict } from '../scoring/verdict';
import { bootstrapFacts, withIntervals } from '../statistics/bootstrap';
import type { QuestionRow } from '../table/question-row';

export interface ResultOptions {
  benchmark: Pick<Benchmark, 'name' | 'title' | 'language' | 'scorer'>;
  rules: InferenceRules;
  judge?: Judge | undefined;
  /** Rows that could not be asked, with the reason, by key. */
  failed?: ReadonlyMap<string, string>;
  /** What is known of how the answers came about. */
  provenance: Asked;
  warnings?: readonly string[];
  /** A question's picture, where it is a file. */
  pictureFile?(row: QuestionRow): string | undefined;
}

/** One benchmark's figures, and what came of every question. */
export interface BenchmarkResult {
  result: EvaluationResult;
  questions: QuestionVerdict[];
}

/** Scores answered rows by the benchmark's measure, with intervals, and says what the figures rest on. */
export async function resultOf(rows: readonly QuestionRow[], options: ResultOptions): Promise<BenchmarkResult> {
  const { benchmark, rules, judge, failed = new Map<string, string>() } = options;
  const scorer = scorers[benchmark.scorer];
  const used = scorer.judge === 'unused' ? undefined : judge;
  const { verdicts, measures, units, orphans = [] } = await scorer.score(rows, { rules, judge: used, failed });
  const values = withIntervals(measures, verdicts.length, units ? { units } : {});
  const all = verdicts.flatMap((verdict) => verdict.rows);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const result: EvaluationResult = {
    format: 1,
    benchmark: benchmark.name,
    title: benchmark.title,
    language: benchmark.language,
    scorer: benchmark.scorer,
    provenance: {
      ...options.provenance,
      scoring: scorer.says,
      ...(scorer.usesRules ? { rules } : {}),
      ...(used ? { judge: used.name } : {}),
      intervals: intervalFacts(units !== undefined),
    },
    questions: verdicts.length,
    rows: rows.length,
    undecided: all.filter(({ by, failed: reason }) => by === 'nobody' && reason === undefined).length,
    judged: all.filter(({ by }) => by === 'judge').length,
    failed: [...failed].map(([key, reason]) => ({ key, reason })),
    orphans,
    warnings: [...(options.warnings ?? [])],
    measures: values.filter(({ value }) => !Number.isNaN(value)),
  };
  return { result, questions: verdicts.map((verdict) => described(verdict, byKey.get(verdict.key), options)) };
}

function intervalFacts(together: boolean): string {
  const { level, replicates, seed } = bootstrapFacts;
  const drawn = together ? 'pictures with their questions' : 'questions with their rotations';
  return `${100 * level} %, percentile bootstrap over ${drawn}, ${replicates} draws, seed ${seed}`;
}

function described(verdict: Verdict, row: QuestionRow | undefined, { pictureFile }: ResultOptions): QuestionVerdict {
  const options = row && Object.keys(row.options).length > 0 ? row.options : undefined;
  const picture = row && pictureFile?.(row);
  return { ...verdict, ...(options && { options }), ...(picture !== undefined && { picture }) };
}
