import type { EvaluationResult, MeasuredLevel, QuestionVerdict } from '@moslora/specs';
import { mcnemar } from '../statistics/mcnemar';
import { pairedDifference } from '../statistics/paired-difference';
import { abbreviate } from '../scoring/abilities';
import { modelFact, resultFacts } from './asked-facts';

/** One of the runs that are compared: a benchmark's result with its questions. */
export interface ComparedRun {
  label: string;
  result: EvaluationResult;
  questions: readonly QuestionVerdict[];
}

/** A figure of two runs over the questions that both have. */
export interface Difference {
  name: string;
  level: MeasuredLevel;
  questions: number;
  /** Mean scores, as fractions. */
  first: number;
  second: number;
  /** second - first, with its 95 % interval by the bootstrap over questions. */
  difference: number;
  low: number;
  high: number;
  /** McNemar's counts: questions that one run alone has wholly right. */
  onlyFirst: number;
  onlySecond: number;
  p: number;
  /** In words: who is better, or that no difference is shown. */
  says: string;
}

export interface Comparison {
  benchmark: string;
  first: string;
  second: string;
  differences: Difference[];
  /** What both runs' figures rest on, where it is the same; what is not is among the warnings. */
  common: Record<string, string>;
  /** SHA-256 of the first's model and of the second's. */
  models: [string, string];
  /** Why the two may not be comparable. */
  warnings: string[];
  /** What each run alone is to be wary of, such as a template that was not stored with the model. */
  ownWarnings: string[];
}

/** Below this p a difference is said to be shown. */
export const SHOWN = 0.05;

/**
 * Two runs of one benchmark by a paired test: McNemar's over the questions that both have, overall, per ability and per leaf category.
 * Every line is a test by itself; nothing is corrected for their number.
 */
export function compareRuns(first: ComparedRun, second: ComparedRun): Comparison {
  const byKey = new Map(second.questions.map((question) => [question.key, question]));
  const pairs = first.questions.flatMap((one): [QuestionVerdict, QuestionVerdict][] => {
    const other = byKey.get(one.key);
    return other ? [[one, other]] : [];
  });
  const named = (tag: 'l2Category' | 'category', level: MeasuredLevel): Difference[] =>
    [...new Set(pairs.flatMap(([{ [tag]: name }]) => (name === undefined ? [] : [name])))].sort().map((name) =>
      difference(
        abbreviate(name),
        level,
        pairs.filter(([{ [tag]: each }]) => each === name),
        first,
        second,
      ),
    );
  return {
    benchmark: first.result.benchmark,
    first: first.label,
    second: second.label,
    differences: [
      difference('Overall', 'overall', pairs, first, second),
      ...named('l2Category', 'ability'),
      ...named('category', 'leaf'),
    ],
    common: common(first, second),
    models: [modelFact(first.result.provenance), modelFact(second.result.provenance)],
    warnings: mismatches(first, second, pairs.length),
    ownWarnings: [first, second].flatMap(({ label, result }) =>
      result.warnings.map((warning) => `${label}: ${warning}`),
    ),
  };
}

function difference(
  name: string,
  level: MeasuredLevel,
  pairs: readonly [QuestionVerdict, QuestionVerdict][],
  { label: one }: ComparedRun,
  { label: other }: ComparedRun,
): Difference {
  const scores = [pairs.map(([{ score }]) => score), pairs.map(([, { score }]) => score)] as const;
  const right = scores.map((values) => values.map((score) => score === 1)) as [boolean[], boolean[]];
  const { onlyFirst, onlySecond, p } = mcnemar(...right);
  const graded = scores.some((values) => values.some((score) => score !== 0 && score !== 1));
  const paired = pairedDifference(...scores);
  // McNemar's test is of right and wrong; where scores have parts, the interval of the difference decides.
  const shown = graded ? paired.low > 0 || paired.high < 0 : p < SHOWN;
  const better = paired.difference > 0 ? other : one;
  return {
    ...{ name, level, questions: pairs.length, ...paired, onlyFirst, onlySecond, p },
    says: shown && paired.difference !== 0 ? `${better} is better` : 'no difference shown',
  };
}

function common(first: ComparedRun, second: ComparedRun): Record<string, string> {
  const other = resultFacts(second.result.provenance);
  return Object.fromEntries(
    Object.entries(resultFacts(first.result.provenance)).filter(([fact, value]) => other[fact] === value),
  );
}

/** What differs in how two results were made that should not, in sentences. */
function mismatches(first: ComparedRun, second: ComparedRun, common: number): string[] {
  const [one, other] = [resultFacts(first.result.provenance), resultFacts(second.result.provenance)];
  const differing = Object.keys(one).flatMap((fact) =>
    one[fact] === other[fact]
      ? []
      : [`${fact} differs: ${one[fact]} (${first.label}), ${other[fact]} (${second.label})`],
  );
  const [a, b] = [first.questions.length, second.questions.length];
  const partly =
    common < Math.max(a, b)
      ? [`only ${common} questions are in both runs (${first.label} ${a}, ${second.label} ${b})`]
      : [];
  return [...partly, ...differing];
}
