import { join } from 'node:path';
import { resultsIn, tableFacts } from '@moslora/evaluation';
import type { ValidationLine } from '@moslora/specs';
import { MetricsLog, StepLog } from '@moslora/training';
import { benchmarkTitle } from '../report/benchmark-title';
import type { FactsOf } from '../report/shared-facts';
import { readRun } from '../stages/run-file';
import type { Study, StudyRun } from './study-plan';

/** What a finished run of a study measured. */
export interface StudyOutcome extends StudyRun {
  /** By what it is called, in the order of tables: the validation loss first. */
  measures: Record<string, number>;
  /** Training losses, for the curves. */
  losses: { step: number; loss: number }[];
  /** What its scores rest on; none where it is not scored. */
  facts: FactsOf[];
}

export const validationLoss = 'Validation loss';
export const mixerMoved = 'Mixers’ distance from the identity, median, last less first';

/** What a run measured; undefined where it is not finished. */
export function outcomeOf({ open }: Study, run: StudyRun): StudyOutcome | undefined {
  const folder = open.outDir(run.stage);
  if (!readRun(folder) || (run.score && !readRun(open.outDir(run.score)))) return undefined;
  const validations = new StepLog<ValidationLine>(join(folder, 'validation.jsonl')).read();
  const log = new MetricsLog(join(folder, 'metrics.jsonl'));
  const distances = log.read().flatMap(({ mixers }) => (mixers ? [mixers.distance.median] : []));
  const measures: Record<string, number> = { [validationLoss]: validations.at(-1)?.loss ?? NaN };
  const results = run.score ? resultsIn(open.outDir(run.score)) : [];
  for (const { benchmark, measures: scored } of results) {
    const overall = scored.find(({ level }) => level === 'overall');
    if (overall) measures[`Percent right, ${benchmarkTitle(benchmark)}`] = 100 * overall.value;
  }
  if (distances.length > 1) measures[mixerMoved] = distances.at(-1)! - distances[0]!;
  const facts = results.map(({ benchmark, provenance }) => ({
    ...{ run: run.name, benchmark: benchmarkTitle(benchmark) },
    facts: Object.entries(tableFacts(provenance)),
  }));
  return { ...run, measures, losses: log.losses(), facts };
}
