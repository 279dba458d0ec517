import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { resultsIn, tableFacts } from '@moslora/evaluation';
import {
  stageNeeds,
  stageOrder,
  type EvaluationResult,
  type Pipeline,
  type Run,
  type StageConfigOf,
} from '@moslora/specs';
import { MetricsLog } from '@moslora/training';
import type { StageContext } from '../stages/stage';
import {
  type BenchmarkScores,
  type FactBlock,
  type LossCurve,
  type OpenScores,
  type ReportRun,
  type StageTime,
} from './report-data';

/** The score stage of this name. */
export function scoreStage(stages: Pipeline['stages'], name: string): StageConfigOf<'score'> {
  const config = stages[name];
  if (config?.kind !== 'score') throw new Error(`stage ${name} is of kind ${config?.kind}, not score`);
  return config;
}

/** What a score stage measured on its benchmarks, in the order of its configuration. */
export function scoredRun(
  context: StageContext<unknown>,
  stage: string,
  label: string,
  role: ReportRun['role'],
): ReportRun {
  const order = Object.keys(scoreStage(context.stages, stage).benchmarks);
  const results = resultsIn(context.input({ stage })).sort(
    (a, b) => order.indexOf(a.benchmark) - order.indexOf(b.benchmark),
  );
  return reportRun(results, label, role);
}

/** Results as reports draw them. */
export function reportRun(results: readonly EvaluationResult[], label: string, role: ReportRun['role']): ReportRun {
  const circular = results.filter(({ scorer }) => scorer === 'circular');
  const others = results.filter(({ scorer }) => scorer !== 'circular');
  return {
    ...{ label, role },
    scores: Object.fromEntries(circular.map((result) => [result.benchmark, abilityScores(result)])),
    open: Object.fromEntries(others.map((result) => [result.benchmark, overallScore(result)])),
    facts: Object.fromEntries(results.map(({ benchmark, provenance }) => [benchmark, tableFacts(provenance)])),
    warnings: Object.fromEntries(results.map(({ benchmark, warnings }) => [benchmark, warnings])),
  };
}

/** Overall, vanilla and abilities, of the first split where a file names several. */
function abilityScores({ questions, measures }: EvaluationResult): BenchmarkScores {
  const overall = measures.find(({ level }) => level === 'overall');
  const shares = measures.flatMap(({ level, name, split, value }) =>
    level === 'ability' && split === overall?.split ? [[name, value] as const] : [],
  );
  return {
    questions,
    overall: overall?.value ?? NaN,
    interval: [overall?.low ?? NaN, overall?.high ?? NaN],
    vanilla: measures.find(({ name }) => name === 'Vanilla')?.value ?? NaN,
    abilities: Object.fromEntries(shares),
  };
}

function overallScore({ questions, measures, scorer }: EvaluationResult): OpenScores {
  const overall = measures.find(({ level }) => level === 'overall');
  const { value = NaN, low = NaN, high = NaN } = overall ?? {};
  const counts = scorer === 'exact-match' || scorer === 'options' || scorer === 'first-match';
  return {
    ...{ questions, accuracy: value, interval: [low, high] },
    ...(counts && { right: Math.round(value * questions) }),
  };
}

/** Every stage that led to `target`, in order, each with its run.json. */
export function lineage(context: StageContext<unknown>, targets: readonly string[]): { stage: string; run: Run }[] {
  const needs = stageNeeds(context.stages);
  const names = [...new Set(targets.flatMap((target) => stageOrder(needs, target)))];
  return names.map((stage) => ({ stage, run: context.run(stage) }));
}

/** Time and memory of stages, for the report's table. */
export function stageTimes(stages: readonly { stage: string; run: Run }[]): StageTime[] {
  return stages.map(({ stage, run }) => ({
    stage,
    seconds: run.seconds,
    peakMemoryBytes: run.peakMemoryBytes,
    device: run.device.summary,
  }));
}

/** Loss curves of the stages that trained. */
export function lossCurves(context: StageContext<unknown>, stages: readonly string[]): LossCurve[] {
  return stages.flatMap((stage) => {
    const path = join(context.input({ stage }), 'metrics.jsonl');
    return existsSync(path) ? [{ label: stage, points: new MetricsLog(path).losses() }] : [];
  });
}

/** A configuration as lines of a report: nested keys joined by dots. */
export function factsOf(value: unknown, path = ''): [string, string][] {
  if (value === undefined) return [];
  if (value === null || typeof value !== 'object') return [[path, String(value)]];
  if (Array.isArray(value) && value.every((each) => each === null || typeof each !== 'object'))
    return [[path, value.join(', ')]];
  return Object.entries(value).flatMap(([key, inner]) => factsOf(inner, path === '' ? key : `${path}.${key}`));
}

/** One block of facts per stage that has something to configure, and the versions. */
export function configurationBlocks(stages: readonly { stage: string; run: Run }[]): FactBlock[] {
  const blocks = stages.map(({ stage, run }) => ({ title: stage, facts: factsOf(run.config) }));
  const versions = Object.assign({}, ...stages.map(({ run }) => run.versions)) as Record<string, string>;
  const devices = [
    ...new Set(
      stages
        .map(({ run }) => run.device)
        .filter(({ backend }) => backend !== 'none')
        .map(({ summary }) => summary),
    ),
  ];
  return [
    {
      title: 'Versions and device',
      facts: [...Object.entries(versions), ...devices.map((device): [string, string] => ['device', device])],
    },
    ...blocks.filter(({ facts }) => facts.length > 1),
  ];
}
