import { join } from 'node:path';
import { loadAdapters } from '@moslora/adapters';
import { readJson } from '@moslora/checkpoint';
import { isLlavaFolder, LlavaModel, openLayout, Projector, towerSlots } from '@moslora/model-llava';
import { loadTokenizer, templateSchema } from '@moslora/tokenization';
import type { StageContext } from '../stages/stage';
import { loadBase, loadTower } from '../tuning/model-parts';
import { projectorFile, tuningStage, tunedParts } from '../tuning/stage-outputs';
import type { Answerer, OpenModel, StageParts } from './answerer';
import { llavaEyes } from './llava-eyes';
import { modelHash } from './model-hash';

type Context = Pick<StageContext<unknown>, 'pipeline' | 'stages' | 'input'>;

/** The model of an align stage (base and projector) or of an instruct stage (base, projector and adapter). */
export function stageAnswerer(context: Context, stage: string): Answerer {
  const config = tuningStage(context.stages, stage);
  const { base } = tunedParts(context, stage);
  const tokenizer = loadTokenizer(isLlavaFolder(base) ? openLayout(base).tokenizer : base);
  const template = readJson(join(context.input({ stage }), 'template.json'), templateSchema);
  return {
    name: `${context.pipeline}:${stage}`,
    tokenizer,
    system: config.system,
    seesPictures: true,
    stop: [],
    stopStrings: [],
    voice: () => ({ template, stored: true }),
    sha256: () => {
      const parts = partsOf(context, stage);
      return modelHash([
        { name: 'base', path: parts.base },
        { name: 'projector', path: parts.projector },
        ...(parts.adapter === undefined ? [] : [{ name: 'adapter', path: parts.adapter }]),
        { name: 'tower', path: parts.tower },
        ...(parts.towerAdapter === undefined ? [] : [{ name: 'tower-adapter', path: parts.towerAdapter }]),
      ]);
    },
    open: (options) => openStage(context, stage, options),
    parts: () => partsOf(context, stage),
  };
}

function partsOf(context: Context, stage: string): StageParts {
  const config = tuningStage(context.stages, stage);
  return {
    ...tunedParts(context, stage),
    projector: projectorFile(context, { stage }),
    features: JSON.stringify(config.features),
  };
}

async function openStage(context: Context, stage: string, { bare = false } = {}): Promise<OpenModel> {
  const config = tuningStage(context.stages, stage);
  const parts = partsOf(context, stage);
  const { decoder } = await loadBase(parts.base, config.residency);
  const projector = Projector.open(parts.projector);
  if (parts.adapter !== undefined && !bare) loadAdapters(decoder.slots(), parts.adapter, { embeddings: decoder });
  const { tower, processor } = await loadTower(parts.tower, config.features.imageSize);
  if (parts.towerAdapter !== undefined) loadAdapters(towerSlots(tower, parts.towerAdapter), parts.towerAdapter);
  const model = new LlavaModel({ projector, decoder, tower, choice: config.features });
  return { speaker: model, eyes: llavaEyes(model, processor), dispose: () => model.dispose() };
}
