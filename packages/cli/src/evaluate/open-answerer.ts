import { fail } from '@moslora/specs';
import type { Reporter } from '../progress/reporter';
import { namedStage } from '../stages/named-stage';
import type { Answerer } from './answerer';
import { folderAnswerer, type FolderGiven } from './folder-answerer';
import { stageAnswerer } from './stage-answerer';

/**
 * The model that a command names: a folder in any layout, or what a finished stage left, as it was made: an align or instruct stage's base,
 * tower, projector, adapter and template, or a quantize stage's language model.
 * @throws UserError where there is none, or for parts given beside those that a stage's model was tuned with
 */
export function openAnswerer(
  model: string,
  given: FolderGiven,
  options: { reporter: Reporter; signal: AbortSignal },
): Answerer {
  const named = namedStage(model, ['quantize', 'align', 'instruct'], options);
  if (!named) return folderAnswerer(model, given);
  const { config, context, stage, name } = named;
  if (config.kind === 'quantize') return { ...folderAnswerer(context.outDir, given), name };
  refuseParts(given, name);
  return stageAnswerer(context, stage);
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
