import { join } from 'node:path';
import { loadAdapters } from '@moslora/adapters';
import { readJson } from '@moslora/checkpoint';
import { isLlavaFolder, LlavaModel, openLayout, Projector } from '@moslora/model-llava';
import { loadTokenizer, templateSchema } from '@moslora/tokenization';
import type { StageContext } from '../stages/stage';
import { loadBase, loadTower } from '../tuning/model-parts';
import { adapterFolder, projectorFile, towerFolder, tuningStage } from '../tuning/stage-outputs';
import type { Answerer, OpenModel } from './answerer';
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
    sha256: () =>
      modelHash([
        { name: 'base', path: base },
        { name: 'projector', path: projectorFile(context, { stage }) },
        ...(config.kind === 'instruct' ? [{ name: 'adapter', path: adapterFolder(context, stage) }] : []),
        { name: 'tower', path: towerFolder(context, config.tower) },
      ]),
    open: () => openStage(context, stage),
  };
}

async function openStage(context: Context, stage: string): Promise<OpenModel> {
  const config = tuningStage(context.stages, stage);
  const { decoder } = await loadBase(context.input(config.base), config.residency);
  const projector = Projector.open(projectorFile(context, { stage }));
  if (config.kind === 'instruct') loadAdapters(decoder.slots(), adapterFolder(context, stage), { embeddings: decoder });
  const { tower, processor } = await loadTower(towerFolder(context, config.tower), config.features.imageSize);
  const model = new LlavaModel({ projector, decoder, tower, choice: config.features });
  return { speaker: model, eyes: llavaEyes(model, processor), dispose: () => model.dispose() };
}
