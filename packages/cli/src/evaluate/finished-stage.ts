import { join } from 'node:path';
import { fail, type Pipeline, type StageConfig } from '@moslora/specs';
import type { Reporter } from '../progress/reporter';
import { madeConfig } from '../stages/made-config';
import { openPipeline, stageOf, type OpenPipeline } from '../stages/open-pipeline';
import { stageContext } from '../stages/stage-context';
import type { Answerer } from './answerer';
import { folderAnswerer, type FolderGiven } from './folder-answerer';
import { stageAnswerer } from './stage-answerer';

/**
 * What a finished stage left, as it was made: an align or instruct stage's base, tower, projector, adapter and template, or a quantize
 * stage's language model.
 * @throws UserError where the stage is not finished or leaves no model, or for parts given beside those that it was tuned with
 */
export function finishedStage(
  folder: string,
  stage: string,
  given: FolderGiven,
  options: { reporter: Reporter; signal: AbortSignal },
): Answerer {
  const open = openPipeline(folder);
  leavesModel(open, stage);
  const { config, differs } = madeConfig(open, stage);
  const name = `${open.name}:${stage}`;
  if (differs)
    options.reporter.log(
      `warning: ${name} is asked as it was made; ${join(folder, 'pipeline.yaml')} says otherwise now`,
    );
  if (config.kind === 'quantize') return { ...folderAnswerer(open.outDir(stage), given), name };
  refuseParts(given, name);
  const made = { ...open, pipeline: { ...open.pipeline, stages: { ...open.pipeline.stages, [stage]: config } } };
  return stageAnswerer(stageContext(made, stage, config, options), stage);
}

const KINDS: readonly StageConfig['kind'][] = ['align', 'instruct', 'quantize'];

/** @throws UserError where the stage leaves no model */
function leavesModel(open: OpenPipeline, stage: string): void {
  const config = stageOf(open, stage);
  if (KINDS.includes(config.kind)) return;
  const named = (stages: Pipeline['stages']): string[] =>
    Object.entries(stages).flatMap(([name, { kind }]) => (KINDS.includes(kind) ? [name] : []));
  fail({
    what: `stage \`${stage}\` leaves no model`,
    where: join(open.folder, 'pipeline.yaml'),
    got: `a stage of kind ${config.kind}`,
    expected: `one of ${named(open.pipeline.stages).join(', ')}`,
    ...(config.kind === 'score' && { fix: `the model that it asks is ${open.name}:${config.model.stage}` }),
  });
}

/** A tuned model has its own template, system text, tower and base. */
function refuseParts(given: FolderGiven, name: string): void {
  const flags = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`]));
  if (flags.length === 0) return;
  fail({
    what: `${flags.join(' and ')} cannot be given for a stage's model`,
    where: name,
    got: Object.values(given)
      .filter((value) => value !== undefined)
      .join(', '),
    expected: 'the template, system text, tower and base that it was tuned with',
    fix: 'leave the option out',
  });
}
