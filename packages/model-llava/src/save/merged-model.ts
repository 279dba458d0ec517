import type { TensorToWrite } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { parseTowerConfig, towerConfigJson } from '@moslora/vision-encoder';
import type { LlavaLayout, PartPlace } from '../layouts/layout';
import { savedParts, type SavedParts } from '../layouts/saved-parts';
import { activationNote } from '../projector/projector';
import { languageJson, llavaJson } from './llava-json';
import { MergedParts } from './merged-parts';
import { alone, checkDepth, decoderTensors, projectorTensors, towerTensors, type CopiedTensor } from './part-tensors';

/** A tensor of a model with its adapters merged: dense, in float32 where an adapter is in it. */
export interface MergedTensor extends TensorToWrite {
  /** The weight without the adapter, (out, in); undefined where there is none on it. */
  before: (() => Float32Array) | undefined;
}

/** Weights of a model's folder. */
export interface MergedWeights {
  /** Folder inside the model's ('' for the model's own); or, ending in .safetensors, a file. */
  place: string;
  tensors: MergedTensor[];
  /** Its config.json; undefined for a file. */
  config: Record<string, unknown> | undefined;
  metadata?: Record<string, string>;
}

/** A model with its adapters merged, to be written tensor by tensor. */
export interface MergedModel {
  /** The first holds the decoder. */
  weights: [MergedWeights, ...MergedWeights[]];
  close(): void;
}

/** A language model: its decoder, under the names it has in a folder of its own. @throws UserError for what does not fit */
export function mergedLanguage(place: PartPlace): Promise<MergedModel> {
  return merging(async (parts) => [await languageWeights(parts, place)]);
}

/** A LLaVA in one set of weights, as Hugging Face publishes it. @throws UserError for what does not fit, and for a projector of another depth */
export function mergedLlava(layout: LlavaLayout, imageTokenId: number): Promise<MergedModel> {
  return merging(async (parts) => {
    const { decoder, tower, projector } = layout;
    const file = parts.open(projectorWeights(layout));
    checkDepth(file, projector);
    const [ofDecoder, ofTower] = [await parts.decoder(decoder), parts.tower(tower)];
    const tensors = [
      ...marked(ofDecoder, await decoderTensors(ofDecoder.view, decoder)),
      ...marked(ofTower, towerTensors(ofTower.view, tower)),
      ...unchanged(projectorTensors(file, projector)),
    ];
    const { quantization_config: _, ...config } = llavaJson(layout, imageTokenId);
    return [{ place: '', tensors, config }];
  });
}

/** A LLaVA as a language model's folder with its tower and projector in it. @throws UserError for what does not fit */
export function mergedParts(layout: LlavaLayout): Promise<MergedModel> {
  return merging(async (parts) => {
    const { tower, projector } = layout;
    const ofTower = parts.tower(tower);
    return [
      await languageWeights(parts, layout.decoder),
      {
        place: savedParts.tower,
        tensors: marked(ofTower, towerTensors(ofTower.view, tower, '')),
        config: towerConfigJson(parseTowerConfig(tower.config, tower.where)),
      },
      {
        place: savedParts.projector,
        tensors: unchanged(projectorTensors(parts.open(projectorWeights(layout)), projector)),
        config: undefined,
        metadata: activationNote(projector.activation),
      },
    ];
  });
}

/** moslora.json of a LLaVA whose parts lie beside each other. */
export function aboutParts(layout: LlavaLayout): SavedParts {
  const { featureLayer: layer, featureSelect: select, pool = 1, imageSize } = layout;
  const features = { layer, select, pool, ...(imageSize !== undefined && { imageSize }) };
  return { format: 1, features };
}

async function merging(collect: (parts: MergedParts) => Promise<MergedModel['weights']>): Promise<MergedModel> {
  const parts = new MergedParts();
  try {
    return { weights: await collect(parts), close: () => parts.close() };
  } catch (error) {
    parts.close();
    throw error;
  }
}

async function languageWeights(parts: MergedParts, place: PartPlace): Promise<MergedWeights> {
  const decoder = await parts.decoder(place);
  const tensors = marked(decoder, await decoderTensors(decoder.view, place, alone));
  return { place: '', tensors, config: languageJson(place) };
}

type Part = Awaited<ReturnType<MergedParts['decoder']>>;

function marked({ merged, before }: Part, tensors: readonly CopiedTensor[]): MergedTensor[] {
  return tensors.map((tensor) => ({
    ...tensor,
    before: merged.has(tensor.stored) ? () => before.float32(tensor.stored) : undefined,
  }));
}

const unchanged = (tensors: readonly CopiedTensor[]): MergedTensor[] =>
  tensors.map((tensor) => ({ ...tensor, before: undefined }));

function projectorWeights({ projector: { weights } }: LlavaLayout): string {
  return weights ?? fail({ what: 'There is no projector to write', fix: 'name a saved one' });
}
