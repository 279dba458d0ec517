import { join } from 'node:path';
import { loadAdapters } from '@moslora/adapters';
import { readJson } from '@moslora/checkpoint';
import { LlavaModel, Projector } from '@moslora/model-llava';
import { templateSchema, type Template, type Tokenizer } from '@moslora/tokenization';
import type { FeatureChoice } from '@moslora/vision-encoder';
import type { StageContext } from '../stages/stage';
import { loadBase, loadTower, type FrozenTower } from '../tuning/model-parts';
import { adapterFolder, projectorFile, towerFolder, tuningStage } from '../tuning/stage-outputs';

/** A tuned model put together from the outputs of its stages, with the template it was tuned with. */
export interface AssembledModel extends FrozenTower {
  model: LlavaModel;
  tokenizer: Tokenizer;
  template: Template;
  system: string | undefined;
  choice: FeatureChoice;
}

/** The model of an align stage (base and projector) or of an instruct stage (base, projector and adapter). */
export async function assembleModel(context: StageContext<unknown>, stage: string): Promise<AssembledModel> {
  const config = tuningStage(context.stages, stage);
  const { decoder, tokenizer } = await loadBase(context.input(config.base), config.residency);
  const projector = Projector.open(projectorFile(context, { stage }));
  if (config.kind === 'instruct') loadAdapters(decoder.slots(), adapterFolder(context, stage), { embeddings: decoder });
  const { tower, processor } = await loadTower(towerFolder(context, config.tower), config.features.imageSize);
  return {
    model: new LlavaModel({ projector, decoder }),
    tower,
    processor,
    tokenizer,
    template: readJson(join(context.input({ stage }), 'template.json'), templateSchema),
    system: config.system,
    choice: config.features,
  };
}
