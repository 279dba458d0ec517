import { existsSync } from 'node:fs';
import { stageNeeds, stageOrder, type StageConfig } from '@moslora/specs';
import { Attempt } from './attempt';
import { fingerprint } from './fingerprint';
import { Inputs } from './inputs';
import type { OpenPipeline } from './open-pipeline';
import { readRun } from './run-file';
import type { StageContext } from './stage';
import { loadStage } from './table';
import { unfinishedFolder } from './work-folder';

export type StageState = 'up to date' | 'out of date' | 'unfinished' | 'not run';

export interface Plan {
  pipeline: string;
  title: string;
  preset: string | undefined;
  stages: { stage: string; kind: string; needs: string[]; state: StageState; config: StageConfig }[];
}

/** All stages of a pipeline, each after what it needs, with what is known of its outputs. */
export async function planOf(open: OpenPipeline): Promise<Plan> {
  const needs = stageNeeds(open.pipeline.stages);
  const order = [...new Set(Object.keys(needs).flatMap((stage) => stageOrder(needs, stage)))];
  const stages: Plan['stages'] = [];
  const stale = new Set<string>();
  for (const stage of order) {
    const config = open.pipeline.stages[stage]!;
    const state = await stateOf(
      open,
      stage,
      needs[stage]!.some((needed) => stale.has(needed)),
    );
    if (state !== 'up to date') stale.add(stage);
    stages.push({ stage, kind: config.kind, needs: needs[stage]!, state, config });
  }
  return { pipeline: open.name, title: open.pipeline.title, preset: open.preset, stages };
}

async function stateOf(open: OpenPipeline, name: string, needsStale: boolean): Promise<StageState> {
  const outDir = open.outDir(name);
  const run = readRun(outDir);
  if (!run) return existsSync(unfinishedFolder(outDir)) ? 'unfinished' : 'not run';
  if (needsStale) return 'out of date';
  const { stages } = open.pipeline;
  const config = stages[name]!;
  const stage = await loadStage(config.kind);
  // Only running it can tell what such a stage finds.
  if (stage.identity) return 'up to date';
  const inputs = new Inputs(open, name);
  const input: StageContext<StageConfig>['input'] = (reference, file) => inputs.path(reference, file);
  const print = fingerprint(open.pipeline, name, {
    outDirOf: (other) => open.outDir(other),
    pipelineFolder: open.folder,
    where: open.where(['stages', name]),
    tensors: stage.tensors,
    identity: undefined,
    packages: stage.packages?.({ config, stages, input }) ?? [],
  });
  if (print.whole !== run.fingerprint) return 'out of date';
  return stage.resumable && Attempt.wasLeft(unfinishedFolder(outDir), print) ? 'unfinished' : 'up to date';
}
