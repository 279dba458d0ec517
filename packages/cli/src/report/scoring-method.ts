import { resultsIn } from '@moslora/evaluation';
import type { EvaluationResult } from '@moslora/specs';
import { provenanceFacts } from '../evaluate/result-lines';
import type { StageContext } from '../stages/stage';
import { sharedFacts } from './shared-facts';

/** A score stage, and what a report calls it. */
export interface ScoredStage {
  label: string;
  stage: string;
}

/**
 * What one has to know to compare the scores of stages with others': what their benchmarks have in common, what of each is its own, and what
 * to be wary of.
 */
export function scoringMethod(
  context: Pick<StageContext<unknown>, 'input'>,
  stages: readonly ScoredStage[],
): [string, string][] {
  const runs = stages.map(({ label, stage }) => ({ label, results: resultsIn(context.input({ stage })) }));
  const lines = sharedFacts(
    runs.flatMap(({ label, results }) =>
      results.map(({ benchmark, provenance }) => ({ run: label, benchmark, facts: provenanceFacts(provenance) })),
    ),
  );
  return [
    ...lines,
    ...chance(runs.flatMap(({ results }) => results)),
    ...runs.flatMap(({ label, results }) => warnings(results, runs.length === 1 ? '' : `${label}, `)),
  ];
}

function chance(results: readonly EvaluationResult[]): [string, string][] {
  if (!results.some(({ scorer }) => scorer === 'circular')) return [];
  return [
    [
      'chance',
      'an answer that never looks at the picture but always names the same text is right once in as many times as there are options',
    ],
  ];
}

function warnings(results: readonly EvaluationResult[], run: string): [string, string][] {
  return results.flatMap(({ benchmark, warnings: each, undecided, failed }) => [
    ...each.map((warning): [string, string] => [`warning, ${run}${benchmark}`, warning]),
    ...(undecided > 0
      ? [[`undecided, ${run}${benchmark}`, `${undecided} answers could not be read: misses`] satisfies [string, string]]
      : []),
    ...(failed.length > 0
      ? [[`failed, ${run}${benchmark}`, `${failed.length} rows could not be asked: misses`] satisfies [string, string]]
      : []),
  ]);
}
