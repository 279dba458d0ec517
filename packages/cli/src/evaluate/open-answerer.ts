import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '@moslora/specs';
import { pipelineFolder } from '../stages/pipeline-folder';
import type { Reporter } from '../progress/reporter';
import type { Answerer } from './answerer';
import { finishedStage } from './finished-stage';
import { folderAnswerer, type FolderGiven } from './folder-answerer';

/**
 * The model that a command names: a folder in any layout, or PIPELINE:STAGE for what a finished stage left, the pipeline by its folder or by
 * its name in pipelines/.
 * @throws UserError where there is none
 */
export function openAnswerer(
  model: string,
  given: FolderGiven,
  options: { reporter: Reporter; signal: AbortSignal },
): Answerer {
  if (existsSync(model) && statSync(model).isDirectory() && !existsSync(join(model, 'pipeline.yaml')))
    return folderAnswerer(model, given);
  const [, pipeline = '', stage = ''] = /^(.+):([^:]+)$/.exec(model) ?? [];
  const folder = pipeline === '' ? undefined : pipelineFolder(pipeline);
  if (folder !== undefined) return finishedStage(folder, stage, given, options);
  return fail({
    what: 'no model here',
    where: 'the command line',
    got: model,
    expected: 'a folder with a model, or PIPELINE:STAGE such as quickstart:instruct or pipelines/quickstart:instruct',
  });
}
