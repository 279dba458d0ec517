import { mergedLanguage, mergedLlava, mergedParts, type LlavaLayout, type MergedModel } from '@moslora/model-llava';
import { loadTokenizer } from '@moslora/tokenization';
import type { ModelPlace } from './model-place';

/** How a model's folder is laid out. */
export type OutputShape =
  | { kind: 'language' }
  /** LlavaForConditionalGeneration. */
  | { kind: 'huggingface'; imageTokenId: number }
  /** A language model's folder with tower/, projector.safetensors and moslora.json in it, and why it is no other. */
  | { kind: 'parts'; because: string[] };

/** Hugging Face's layout where it has words for the model; else its parts beside each other, which only moslora puts together. */
export function outputShape({ layout }: Pick<ModelPlace, 'layout'>, given: number | undefined): OutputShape {
  if (layout === undefined) return { kind: 'language' };
  const imageTokenId = given ?? layout.imageTokenId ?? loadTokenizer(layout.tokenizer).id('<image>');
  const because = reasons(layout, imageTokenId);
  if (imageTokenId === undefined || because.length > 0) return { kind: 'parts', because };
  return { kind: 'huggingface', imageTokenId };
}

function reasons({ pool = 1, imageSize, projector }: LlavaLayout, imageTokenId: number | undefined): string[] {
  const { depth = 2 } = projector;
  return [
    ...(pool > 1
      ? [`its features are pooled ${pool} x ${pool}, which LlavaForConditionalGeneration has no field for`]
      : []),
    ...(imageSize === undefined ? [] : [`it sees pictures of ${imageSize} pixels, another side than its tower's`]),
    ...(depth === 2 ? [] : [`its projector has ${depth} layers, not two`]),
    ...(imageTokenId === undefined ? ['its tokenizer has no token <image>; --image-token names another'] : []),
  ];
}

/** The model's tensors in that shape, adapters merged. */
export function mergedModel({ layout, decoder }: ModelPlace, shape: OutputShape): Promise<MergedModel> {
  if (layout === undefined || shape.kind === 'language') return mergedLanguage(decoder);
  return shape.kind === 'huggingface' ? mergedLlava(layout, shape.imageTokenId) : mergedParts(layout);
}
