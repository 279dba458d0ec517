import { join } from 'node:path';
import { loadAdapters } from '@moslora/adapters';
import { readJson } from '@moslora/checkpoint';
import { isLlavaFolder, LlavaModel, openLayout, Projector } from '@moslora/model-llava';
import { loadTokenizer, templateSchema } from '@moslora/tokenization';
import type { StageContext } from '../stages/stage';
import { loadBase, loadTower } from '../tuning/model-parts';
import { adapterFolder, projectorFile, towerFolder, tuningStage } from '../tuning/stage-outputs';
import type { Answerer, OpenModel, StageParts } from './answerer';
import { llavaEyes } from './llava-eyes';
import { modelHash } from './model-hash';

type Context = Pick<StageContext<unknown>, 'pipeline' | 'stages' | 'input'>;

/** The model of an align stage (base and projector) or of an instruct stage (base, projector and adapter). */
export function stageAnswerer(context: Context, stage: string): Answerer {
  const config = tuningStage(context.stages, stage);
  const base = context.input(config.base);
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
      ]);
    },
    open: (options) => openStage(context, stage, options),
    parts: () => partsOf(context, stage),
  };
}

function partsOf(context: Context, stage: string): StageParts {
  const config = tuningStage(context.stages, stage);
  return {
    base: context.input(config.base),
    tower: towerFolder(context, config.tower),
    projector: projectorFile(context, { stage }),
    adapter: config.kind === 'instruct' ? adapterFolder(context, stage) : undefined,
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
  const model = new LlavaModel({ projector, decoder, tower, choice: config.features });
  return { speaker: model, eyes: llavaEyes(model, processor), dispose: () => model.dispose() };
}
