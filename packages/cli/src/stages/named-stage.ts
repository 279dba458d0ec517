import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, type StageConfig } from '@moslora/specs';
import type { Reporter } from '../progress/reporter';
import { madeConfig } from './made-config';
import { openPipeline, stageOf, type OpenPipeline } from './open-pipeline';
import { pipelineFolder } from './pipeline-folder';
import { readRun } from './run-file';
import type { StageContext } from './stage';
import { stageContext } from './stage-context';

/** A finished stage that a command names, as it was made. */
export interface NamedStage {
  open: OpenPipeline;
  stage: string;
  /** pipeline:stage. */
  name: string;
  /** What its outputs were made with (run.json), whatever pipeline.yaml says by now; so do `context.stages`. */
  config: StageConfig;
  context: StageContext<StageConfig>;
}

/** What leaves a model. */
export type ModelKind = Extract<StageConfig['kind'], 'align' | 'instruct' | 'quantize'>;

interface Told {
  reporter: Reporter;
  signal: AbortSignal;
}

/**
 * The finished stage that `model` names as PIPELINE:STAGE, the pipeline by its folder or by its name in pipelines/, or by the folder of its
 * run; undefined where it names a model's folder.
 * @param kinds of stages that will do
 * @throws UserError where it is neither, and where the stage is of another kind or not finished
 */
export function namedStage(model: string, kinds: readonly ModelKind[], told: Told): NamedStage | undefined {
  if (existsSync(model) && statSync(model).isDirectory() && !existsSync(join(model, 'pipeline.yaml')))
    return stageOfRun(model, kinds, told);
  const [pipeline, stage] = parted(model);
  const folder = pipeline === '' ? undefined : pipelineFolder(pipeline);
  if (folder !== undefined) return finished(openPipeline(folder), stage, kinds, told);
  return fail({
    what: 'no model here',
    where: 'the command line',
    got: model,
    expected: 'a folder with a model, or PIPELINE:STAGE such as quickstart:instruct or pipelines/quickstart:instruct',
  });
}

/** The stage whose outputs a folder holds (runs/PIPELINE/STAGE, or runs/PIPELINE-PRESET/STAGE); undefined for a model's folder. */
function stageOfRun(folder: string, kinds: readonly ModelKind[], told: Told): NamedStage | undefined {
  const run = existsSync(join(folder, 'config.json')) ? undefined : readRun(folder);
  const [pipeline, stage] = parted(run?.stage ?? '');
  if (pipeline === '') return undefined;
  const runs = dirname(resolve(folder));
  const at = join(dirname(dirname(runs)), 'pipelines', pipeline);
  const preset = basename(runs).slice(pipeline.length + 1);
  return finished(openPipeline(at, preset === '' ? undefined : preset), stage, kinds, told);
}

/** Both parts of PIPELINE:STAGE; empty where there are none. */
function parted(text: string): [pipeline: string, stage: string] {
  const [, pipeline = '', stage = ''] = /^(.+):([^:]+)$/.exec(text) ?? [];
  return [pipeline, stage];
}

function finished(open: OpenPipeline, stage: string, kinds: readonly ModelKind[], told: Told): NamedStage {
  leavesModel(open, stage, kinds);
  const { config, differs } = madeConfig(open, stage);
  const name = `${open.name}:${stage}`;
  if (differs)
    told.reporter.log(
      `warning: ${name} is taken as it was made; ${join(open.folder, 'pipeline.yaml')} says otherwise now`,
    );
  const made = { ...open, pipeline: { ...open.pipeline, stages: { ...open.pipeline.stages, [stage]: config } } };
  return { open: made, stage, name, config, context: stageContext(made, stage, config, told) };
}

/** @throws UserError where the stage is of another kind */
function leavesModel(open: OpenPipeline, stage: string, kinds: readonly ModelKind[]): void {
  const config = stageOf(open, stage);
  const will = (kind: StageConfig['kind']): boolean => kinds.some((each) => each === kind);
  if (will(config.kind)) return;
  const named = Object.entries(open.pipeline.stages).flatMap(([name, { kind }]) => (will(kind) ? [name] : []));
  fail({
    what: `stage \`${stage}\` leaves no ${config.kind === 'quantize' ? 'tuned ' : ''}model`,
    where: join(open.folder, 'pipeline.yaml'),
    got: `a stage of kind ${config.kind}`,
    expected: named.length > 0 ? `one of ${named.join(', ')}` : `a stage of kind ${kinds.join(', ')}`,
    ...(config.kind === 'score' && { fix: `the model that it asks is ${open.name}:${config.model.stage}` }),
  });
}
