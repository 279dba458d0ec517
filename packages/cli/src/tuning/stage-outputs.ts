import { join } from 'node:path';
import type { FolderRef, StageConfig, StageConfigOf } from '@moslora/specs';
import type { StageContext } from '../stages/stage';

/** Names of the files that stages leave for each other. */
export const outputs = {
  tower: 'tower',
  projector: 'projector.safetensors',
  adapter: 'adapter',
} as const;

/** The tower's folder: inside a pretrain-vision stage's outputs, or the folder that is named. */
export function towerFolder(context: Pick<StageContext<unknown>, 'input'>, reference: FolderRef): string {
  return 'stage' in reference ? context.input(reference as never, outputs.tower) : context.input(reference);
}

/** The projector's file in an align or instruct stage's outputs, or the folder that is named: its own, xtuner's, or a whole LLaVA's. */
export function projectorFile(context: Pick<StageContext<unknown>, 'input'>, reference: FolderRef): string {
  return 'stage' in reference ? context.input(reference, outputs.projector) : context.input(reference);
}

/** The tuning stage of this name. */
export function tuningStage(
  stages: Readonly<Record<string, StageConfig>>,
  name: string,
): StageConfigOf<'align'> | StageConfigOf<'instruct'> {
  const config = stages[name];
  if (config?.kind !== 'align' && config?.kind !== 'instruct') {
    throw new Error(`stage ${name} is of kind ${config?.kind}, not align or instruct`);
  }
  return config;
}

/** The adapter's folder in an instruct stage's outputs. */
export function adapterFolder(context: Pick<StageContext<unknown>, 'input'>, stage: string): string {
  return join(context.input({ stage }), outputs.adapter);
}
