import { resultsIn } from '@moslora/evaluation';
import type { EvaluationResult } from '@moslora/specs';
import { provenanceFacts } from '../evaluate/result-lines';
import type { StageContext } from '../stages/stage';

/**
 * What one has to know to compare a stage's scores with others': what its benchmarks have in common, what of each is its own, and what to
 * be wary of.
 */
export function scoringMethod(context: Pick<StageContext<unknown>, 'input'>, stage: string): [string, string][] {
  const results = resultsIn(context.input({ stage }));
  const facts = results.map((result) => ({ result, facts: provenanceFacts(result.provenance) }));
  const names = [...new Set(facts.flatMap((each) => each.facts.map(([name]) => name)))];
  const lines = names.flatMap((name): [string, string][] => {
    const values = facts.map((each) => each.facts.find(([fact]) => fact === name)?.[1]);
    if (values.every((value) => value === values[0])) return [[name, values[0] ?? '']];
    return values.flatMap((value, i): [string, string][] =>
      value === undefined ? [] : [[`${name}, ${results[i]!.benchmark}`, value]],
    );
  });
  return [...lines, ...chance(results), ...warnings(results)];
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

function warnings(results: readonly EvaluationResult[]): [string, string][] {
  return results.flatMap(({ benchmark, warnings: each, undecided, failed }) => [
    ...each.map((warning): [string, string] => [`warning, ${benchmark}`, warning]),
    ...(undecided > 0
      ? [[`undecided, ${benchmark}`, `${undecided} answers could not be read: misses`] satisfies [string, string]]
      : []),
    ...(failed.length > 0
      ? [[`failed, ${benchmark}`, `${failed.length} rows could not be asked: misses`] satisfies [string, string]]
      : []),
  ]);
}
