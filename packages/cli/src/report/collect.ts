import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { readJson } from '@moslora/checkpoint';
import { abilityAbbreviations } from '@moslora/evaluation';
import { stageNeeds, stageOrder, type Benchmark, type Pipeline, type Run, type StageConfigOf } from '@moslora/specs';
import { MetricsLog } from '@moslora/training';
import { z } from 'zod';
import type { StageContext } from '../stages/stage';
import {
  type BenchmarkScores,
  type FactBlock,
  type LossCurve,
  type OpenScores,
  type ReportRun,
  type StageTime,
} from './report-data';

const scoresSchema = z.looseObject({
  questions: z.number(),
  overall: z.number(),
  vanilla: z.number(),
  table: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))).optional(),
});

const openSchema = z.object({ questions: z.number(), right: z.number(), accuracy: z.number() });

/** The score stage of this name. */
export function scoreStage(stages: Pipeline['stages'], name: string): StageConfigOf<'score'> {
  const config = stages[name];
  if (config?.kind !== 'score') throw new Error(`stage ${name} is of kind ${config?.kind}, not score`);
  return config;
}

/** Names of a score stage's benchmarks of one kind. */
function namesOf(config: StageConfigOf<'score'>, kind: Benchmark['kind']): string[] {
  return Object.entries(config.benchmarks).flatMap(([name, benchmark]) => (benchmark.kind === kind ? [name] : []));
}

/** What a score stage measured on its benchmarks of both kinds. */
export function scoredRun(
  context: StageContext<unknown>,
  stage: string,
  label: string,
  role: ReportRun['role'],
): ReportRun {
  const folder = context.input({ stage });
  const config = scoreStage(context.stages, stage);
  const scores = namesOf(config, 'mmbench').map((name): [string, BenchmarkScores] => {
    const { questions, overall, vanilla, table } = readJson(join(folder, `${name}.scores.json`), scoresSchema);
    const row = table?.[0] ?? {};
    const shares = abilityAbbreviations.flatMap((ability) =>
      typeof row[ability] === 'number' ? [[ability, row[ability]] as const] : [],
    );
    return [name, { questions, overall, vanilla, abilities: Object.fromEntries(shares) }];
  });
  const { metrics } = context.run(stage);
  const open = namesOf(config, 'open').map((name): [string, OpenScores] => [name, openSchema.parse(metrics[name])]);
  return { label, role, scores: Object.fromEntries(scores), open: Object.fromEntries(open) };
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
