import { join } from 'node:path';
import { partsOf, type FolderRef, type StageConfig, type StageConfigOf } from '@moslora/specs';
import type { StageContext } from '../stages/stage';

/** Names of the files that stages leave for each other. */
export const outputs = {
  tower: 'tower',
  projector: 'projector.safetensors',
  adapter: 'adapter',
  towerAdapter: 'tower-adapter',
  decoder: 'decoder',
} as const;

/** The tower's folder: inside the outputs of a stage that trained it, or the folder that is named. */
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

/** Where the parts of a tuned model lie. */
export interface TunedParts {
  base: string;
  tower: string;
  /** PEFT folders of the adapters on decoder and tower. */
  adapter: string | undefined;
  towerAdapter: string | undefined;
}

/** The parts of a tuning stage's model: among its outputs where they learnt, else what it was given. */
export function tunedParts(context: Pick<StageContext<unknown>, 'input' | 'stages'>, stage: string): TunedParts {
  const config = tuningStage(context.stages, stage);
  const { tower, decoder } = partsOf(config);
  const inOutputs = (name: string): string => join(context.input({ stage }), name);
  return {
    base: decoder.mode === 'full' ? inOutputs(outputs.decoder) : context.input(config.base),
    tower: tower.mode === 'full' ? inOutputs(outputs.tower) : towerFolder(context, config.tower),
    adapter: decoder.mode === 'adapter' ? inOutputs(outputs.adapter) : undefined,
    towerAdapter: tower.mode === 'adapter' ? inOutputs(outputs.towerAdapter) : undefined,
  };
}
