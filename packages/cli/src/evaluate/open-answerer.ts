import type { Reporter } from '../progress/reporter';
import type { Answerer } from './answerer';
import { folderAnswerer, type FolderGiven } from './folder-answerer';
import { namedStage } from './named-stage';
import { stageAnswerer } from './stage-answerer';

/**
 * The model that a command names: a folder in any layout, or PIPELINE:STAGE for the model that an align or instruct stage of a pipeline's
 * folder left.
 * @throws UserError where there is none
 */
export function openAnswerer(
  model: string,
  given: FolderGiven,
  told: { reporter: Reporter; signal: AbortSignal },
): Answerer {
  const named = namedStage(model, told);
  return named === undefined ? folderAnswerer(model, given) : stageAnswerer(named.context, named.stage);
}
