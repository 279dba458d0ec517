import type { Asked, Benchmark, EvaluationResult, QuestionVerdict } from '@moslora/specs';
import type { Choices, InferenceRules } from '../inference/infer-option';
import type { Judge } from '../judge/judge';
import { WatchedJudge } from '../judge/watched-judge';
import { scorers } from '../scorers/scorers';
import type { Verdict } from '../scoring/verdict';
import { bootstrapFacts, withIntervals } from '../statistics/bootstrap';
import type { QuestionRow } from '../table/question-row';
import { scoredBy } from './table-facts';

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
  const used = judge && scorer.judge !== 'unused' ? new WatchedJudge(judge) : undefined;
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
      ...scoredBy(benchmark.scorer, rules, judge),
      intervals: intervalFacts(units !== undefined),
    },
    questions: verdicts.length,
    rows: rows.length,
    undecided: all.filter(({ by, failed: reason }) => by === 'nobody' && reason === undefined).length,
    judged: all.filter(({ by }) => by === 'judge').length,
    failed: [...failed].map(([key, reason]) => ({ key, reason })),
    orphans,
    warnings: [...(options.warnings ?? []), ...(used?.warnings() ?? [])],
    measures: values.filter(({ value }) => !Number.isNaN(value)),
  };
  return { result, questions: verdicts.map((verdict) => described(verdict, byKey, options)) };
}

function intervalFacts(together: boolean): string {
  const { level, replicates, seed } = bootstrapFacts;
  const drawn = together ? 'pictures with their questions' : 'questions with their rotations';
  return `${100 * level} %, percentile bootstrap over ${drawn}, ${replicates} draws, seed ${seed}`;
}

function described(
  verdict: Verdict,
  byKey: ReadonlyMap<string, QuestionRow>,
  { pictureFile }: ResultOptions,
): QuestionVerdict {
  const row = byKey.get(verdict.key);
  const options = row && Object.keys(row.options).length > 0 ? row.options : undefined;
  const picture = row && pictureFile?.(row);
  const rows = verdict.rows.map((each, i) => {
    const order = options && i > 0 ? orderOf(byKey.get(each.key)?.options, options) : undefined;
    return order === undefined ? each : { ...each, order };
  });
  return { ...verdict, rows, ...(options && { options }), ...(picture !== undefined && { picture }) };
}

/** A rotation's options by the letters they have unrotated; undefined where that cannot be told. */
function orderOf(rotated: Choices | undefined, options: Choices): string | undefined {
  const letterOf = new Map(Object.entries(options).map(([letter, text]) => [text, letter]));
  const letters = Object.values(rotated ?? {}).map((text) => letterOf.get(text) ?? '?');
  return letters.length > 0 && !letters.includes('?') ? letters.join('') : undefined;
}
