import { tensorSource, withMade, type WeightSource } from '@moslora/checkpoint';
import { unwritable, type GgufVisionShape } from '@moslora/gguf';
import { backgroundOf, type ImageProcessor } from '@moslora/images';
import type { LlavaLayout, MergedModel } from '@moslora/model-llava';
import {
  chosenLayers,
  interpolatePositions,
  parseTowerConfig,
  patchGrid,
  towerNames,
  type TowerConfig,
} from '@moslora/vision-encoder';

/** A tower with its projector, as llama.cpp has them. */
export interface Mmproj {
  /** Both parts' tensors under Hugging Face's names. */
  weights: WeightSource;
  /** With the side that pictures have. */
  tower: TowerConfig;
  shape: GgufVisionShape;
  /** What llama.cpp does otherwise with a picture than this model, a sentence each. */
  notes: string[];
}

/**
 * The tower and projector of a model for llama.cpp's LLaVA-1.5 layout, or why that has no field for what the model does.
 * @param merged its parts, as `mergedParts` gives them
 */
export function mmprojOf(layout: LlavaLayout, merged: MergedModel): Mmproj | { because: string[] } {
  const [, tower, projector] = merged.weights;
  const config = parseTowerConfig(layout.tower.config, layout.tower.where);
  const sized = { ...config, imageSize: layout.imageSize ?? config.imageSize };
  const weights = tensorSource(layout.tower.where, [...tower!.tensors, ...projector!.tensors]);
  const processor = layout.processor();
  const shape: GgufVisionShape = {
    ...{ hiddenSize: config.hiddenSize, intermediateSize: config.intermediateSize, layers: config.layers },
    ...{ heads: config.heads, imageSize: sized.imageSize, patchSize: config.patchSize },
    ...{ layerNormEps: config.layerNormEps, activation: config.activation },
    ...{ mean: processor.mean, std: processor.std },
    featureLayers: chosenLayers({ layer: layout.featureLayer }, config.layers),
    projectionSize: projector!.tensors[0]!.shape[0]!,
  };
  const depth = projector!.tensors.filter(({ name }) => name.endsWith('.weight')).length;
  const because = [...reasons(layout, config, depth), ...unwritable(shape)];
  if (because.length > 0) return { because };
  return { weights: withPositions(weights, config, sized), tower: sized, shape, notes: notesOn(processor) };
}

function reasons(layout: LlavaLayout, { classToken }: TowerConfig, depth: number): string[] {
  const { pool = 1, featureSelect: select, name, projector } = layout;
  return [
    ...(pool > 1 ? [`its features are pooled ${pool} x ${pool}`] : []),
    ...(select === 'full' && classToken ? ['its features have the class token among them'] : []),
    // What transformers makes of `default`; models of parts leave out nothing but a class token.
    ...(select === 'default' && !classToken && name !== 'parts' ? ['its features leave out the first patch'] : []),
    ...(depth === 2 ? [] : [`its projector has ${depth} layers, not two`]),
    ...(projector.activation === 'quick_gelu' ? ['its projector has quick_gelu between its layers, not gelu'] : []),
  ];
}

/** Of another side than the tower's own, the positions as they are interpolated to it. */
function withPositions(weights: WeightSource, own: TowerConfig, sized: TowerConfig): WeightSource {
  const [from, to] = [patchGrid(own), patchGrid(sized)];
  if (from === to) return weights;
  const { position } = towerNames(own.kind);
  return withMade(weights, (name) => {
    if (!name.endsWith(position)) return undefined;
    const { shape } = weights.info(name);
    const rows = to ** 2 + (own.classToken ? 1 : 0);
    return {
      ...{ dtype: 'F32', shape: [...shape.slice(0, -2), rows, own.hiddenSize] },
      values: () => interpolatePositions(weights.float32(name), { from, to, width: own.hiddenSize }),
    };
  });
}

/** What llama.cpp fills pictures up with to make them square, whatever a file says: CLIP's mean colour. */
const padding = [122, 116, 104];

function notesOn(processor: ImageProcessor): string[] {
  const { fit, resample } = processor;
  const [ours, theirs] = [backgroundOf(processor).join(', '), padding.join(', ')];
  return [
    ...(fit === 'pad'
      ? []
      : [
          `llama.cpp fills pictures up to squares, this model was tuned on ${fit === 'crop' ? 'cropped' : 'squashed'} ones`,
        ]),
    ...(fit === 'pad' && ours !== theirs
      ? [`llama.cpp fills up with the colour ${theirs}, this model with ${ours}`]
      : []),
    ...(resample === 'bicubic' ? [] : [`llama.cpp resizes bicubically, this model by ${resample}`]),
  ];
}
