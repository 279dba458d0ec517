import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, type Pipeline } from '@moslora/specs';
import { openPipeline, stageOf, type OpenPipeline } from '../stages/open-pipeline';
import { stageContext } from '../stages/stage-context';
import type { Reporter } from '../progress/reporter';
import type { Answerer } from './answerer';
import { folderAnswerer, type FolderGiven } from './folder-answerer';
import { stageAnswerer } from './stage-answerer';

/**
 * The model that a command names: a folder in any layout, or PIPELINE:STAGE for the model that an align or instruct stage of a pipeline's
 * folder left.
 * @throws UserError where there is none
 */
export function openAnswerer(
  model: string,
  given: FolderGiven,
  { reporter, signal }: { reporter: Reporter; signal: AbortSignal },
): Answerer {
  if (existsSync(model) && statSync(model).isDirectory() && !existsSync(join(model, 'pipeline.yaml')))
    return folderAnswerer(model, given);
  const [, folder, stage] = /^(.+):([^:]+)$/.exec(model) ?? [];
  if (folder === undefined || stage === undefined || !existsSync(join(folder, 'pipeline.yaml'))) {
    fail({
      what: 'no model here',
      where: 'the command line',
      got: model,
      expected: 'a folder with a model, or PIPELINE:STAGE such as pipelines/quickstart:instruct',
    });
  }
  const open = openPipeline(folder);
  tunedStage(open, stage);
  return stageAnswerer(stageContext(open, stage, stageOf(open, stage), { reporter, signal }), stage);
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
