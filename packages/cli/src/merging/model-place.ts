import { join } from 'node:path';
import { adapterParts } from '@moslora/adapters';
import { readJson } from '@moslora/checkpoint';
import {
  decoderPlace,
  isLlavaFolder,
  openLayout,
  savedProjector,
  towerPlace,
  type LlavaLayout,
  type PartPlace,
  type PartsGiven,
} from '@moslora/model-llava';
import { fail } from '@moslora/specs';
import { hasStoredTemplate, isChatTemplate, templateSchema, type Template } from '@moslora/tokenization';
import { namedStage, type NamedStage } from '../stages/named-stage';
import type { Reporter } from '../progress/reporter';
import { towerProcessor } from '../tuning/model-parts';
import { projectorFile, tunedParts, tuningStage } from '../tuning/stage-outputs';
import { adapterPlace } from './adapter-place';

/** Where the parts of a tuned model are, its adapters beside them. */
export interface ModelPlace {
  /** As it was named. */
  name: string;
  decoder: PartPlace;
  /** All parts of a LLaVA; undefined for a language model. */
  layout: LlavaLayout | undefined;
  /** Folder of the tokenizer and what belongs to it. */
  words: string;
  /** The template it was tuned with, where that is known. */
  template: Template | undefined;
  /** The stage that left it. */
  stage: NamedStage | undefined;
  /** Folders that it is read from: none may be written over. */
  folders: string[];
}

export interface ModelGiven extends PartsGiven {
  /** A PEFT folder, or the run of an instruct stage; a stage and xtuner's folders have their own. */
  adapter?: string | undefined;
}

/**
 * The model of a folder with an adapter, or that a stage of a pipeline left.
 * @throws UserError where there is none, or it has an adapter already and another one is given
 */
export function modelPlace(
  model: string,
  given: ModelGiven,
  told: { reporter: Reporter; signal: AbortSignal },
): ModelPlace {
  const stage = namedStage(model, ['align', 'instruct'], told);
  const place = stage ? ofStage(model, stage) : ofFolder(model, given);
  if (given.adapter === undefined) return place;
  const own = place.decoder.adapter ?? place.layout?.tower.adapter;
  if (own !== undefined)
    fail({
      what: 'The model has an adapter of its own',
      where: model,
      got: `${own}, and ${given.adapter} on the command line`,
      fix: 'leave the adapter out of the command',
    });
  return withAdapter(place, adapterPlace(given.adapter));
}

function ofFolder(folder: string, { adapter: _, ...given }: ModelGiven): ModelPlace {
  const layout = isLlavaFolder(folder) ? openLayout(folder, given) : undefined;
  const decoder = layout?.decoder ?? decoderPlace(folder);
  const words = layout?.tokenizer ?? folder;
  return {
    ...{ name: folder, decoder, layout, words, stage: undefined },
    template: storedTemplate(folder) ?? storedTemplate(words),
    folders: [folder, words, decoder.weights, ...(layout ? [layout.tower.weights] : [])],
  };
}

/** Adapter files name the modules of decoder and tower in one, where a whole LLaVA was tuned. */
function withAdapter(place: ModelPlace, adapter: string): ModelPlace {
  const parts = adapterParts(adapter);
  const { layout } = place;
  if (layout === undefined && parts.has('tower'))
    fail({
      what: 'The adapter is for a vision tower, and the model has none',
      where: adapter,
      fix: 'name the LLaVA that it was trained on',
    });
  const decoder = parts.has('decoder') ? { ...place.decoder, adapter } : place.decoder;
  const tower = layout && (parts.has('tower') ? { ...layout.tower, adapter } : layout.tower);
  return {
    ...{ ...place, decoder },
    layout: layout && { ...layout, decoder, tower: tower! },
    template: storedTemplate(adapter) ?? place.template,
    folders: [...place.folders, adapter],
  };
}

function ofStage(name: string, stage: NamedStage): ModelPlace {
  const { context } = stage;
  const config = tuningStage(context.stages, stage.stage);
  const own = context.input({ stage: stage.stage });
  const { base, tower, adapter, towerAdapter } = tunedParts(context, stage.stage);
  const decoder = { ...decoderPlace(base), adapter };
  const { layer, select, pool, imageSize } = config.features;
  const ofBase = isLlavaFolder(base) ? openLayout(base) : undefined;
  const words = ofBase?.tokenizer ?? base;
  const layout: LlavaLayout = {
    ...{ name: 'parts', decoder, tower: { ...towerPlace(tower), adapter: towerAdapter }, tokenizer: words },
    projector: savedProjector(projectorFile(context, { stage: stage.stage })),
    ...{ featureLayer: layer, featureSelect: select, pool, imageSize },
    imageTokenId: ofBase?.imageTokenId,
    processor: () => towerProcessor(tower, imageSize),
  };
  const template = readJson(join(own, 'template.json'), templateSchema);
  return {
    ...{ name, decoder, layout, words, stage },
    template: withSystem(template, config.system),
    folders: [own, base, tower],
  };
}

/** A marker template that puts the stage's system text before every conversation by itself. */
function withSystem(template: Template, system: string | undefined): Template {
  if (system === undefined || isChatTemplate(template)) return template;
  const { defaultSystem: _, ...bare } = template;
  return system === '' ? bare : { ...bare, defaultSystem: system };
}

function storedTemplate(folder: string): Template | undefined {
  return hasStoredTemplate(folder) ? readJson(join(folder, 'template.json'), templateSchema) : undefined;
}
