import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, type Pipeline, type StageConfig } from '@moslora/specs';
import { pipelineFolder } from '../stages/pipeline-folder';
import { openPipeline, stageOf, type OpenPipeline } from '../stages/open-pipeline';
import { readRun } from '../stages/run-file';
import type { Reporter } from '../progress/reporter';
import { stageContext } from '../stages/stage-context';
import type { StageContext } from '../stages/stage';

/** A tuning stage that a command names as PIPELINE:STAGE. */
export interface NamedStage {
  open: OpenPipeline;
  stage: string;
  context: StageContext<StageConfig>;
}

/**
 * The stage that `model` names as PIPELINE:STAGE or by the folder of its run; undefined where it names a model's folder.
 * @throws UserError where it is neither, and where the stage leaves no model
 */
export function namedStage(
  model: string,
  { reporter, signal }: { reporter: Reporter; signal: AbortSignal },
): NamedStage | undefined {
  if (existsSync(model) && statSync(model).isDirectory() && !existsSync(join(model, 'pipeline.yaml')))
    return stageOfRun(model, { reporter, signal });
  const [, pipeline = '', stage = ''] = /^(.+):([^:]+)$/.exec(model) ?? [];
  const folder = pipeline === '' ? undefined : pipelineFolder(pipeline);
  if (folder === undefined)
    return fail({
      what: 'no model here',
      where: 'the command line',
      got: model,
      expected: 'a folder with a model, or PIPELINE:STAGE such as quickstart:instruct or pipelines/quickstart:instruct',
    });
  const open = openPipeline(folder);
  tunedStage(open, stage);
  return { open, stage, context: stageContext(open, stage, stageOf(open, stage), { reporter, signal }) };
}

/** The stage whose outputs a folder holds (runs/PIPELINE/STAGE, or runs/PIPELINE-PRESET/STAGE); undefined for a model's folder. */
function stageOfRun(
  folder: string,
  { reporter, signal }: { reporter: Reporter; signal: AbortSignal },
): NamedStage | undefined {
  const run = existsSync(join(folder, 'config.json')) ? undefined : readRun(folder);
  const [, pipeline, stage] = /^(.+):([^:]+)$/.exec(run?.stage ?? '') ?? [];
  if (pipeline === undefined || stage === undefined) return undefined;
  const runs = dirname(resolve(folder));
  const at = join(dirname(dirname(runs)), 'pipelines', pipeline);
  const preset = basename(runs).slice(pipeline.length + 1);
  const open = openPipeline(at, preset === '' ? undefined : preset);
  tunedStage(open, stage);
  return { open, stage, context: stageContext(open, stage, stageOf(open, stage), { reporter, signal }) };
}

/** @throws UserError where the stage leaves no model */
function tunedStage(open: OpenPipeline, stage: string): void {
  const tuned = (stages: Pipeline['stages']): string[] =>
    Object.entries(stages).flatMap(([name, { kind }]) => (kind === 'align' || kind === 'instruct' ? [name] : []));
  const { kind } = stageOf(open, stage);
  if (kind === 'align' || kind === 'instruct') return;
  fail({
    what: `stage \`${stage}\` leaves no model`,
    where: join(open.folder, 'pipeline.yaml'),
    got: `a stage of kind ${kind}`,
    expected: `one of ${tuned(open.pipeline.stages).join(', ')}`,
  });
}
