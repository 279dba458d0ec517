import { featureCount, parseTowerConfig, towerConfigJson, type TowerConfig } from '@moslora/vision-encoder';
import type { LlavaLayout, PartPlace } from '../layouts/layout';

/** Keys of an original LLaVA's config.json that are no decoder's. */
const OF_THE_WHOLE = /^(mm_|image_|unfreeze_|use_mm_|tune_mm|freeze_mm|architectures$|quantization_config$)/;

/** `config.json` of a LlavaForConditionalGeneration. */
export function llavaJson(layout: LlavaLayout, imageTokenId: number): Record<string, unknown> {
  const { decoder, tower, projector, featureLayer } = layout;
  const vision = parseTowerConfig(tower.config, tower.where);
  const select = strategy(layout, vision);
  const text = Object.fromEntries(Object.entries(decoder.config).filter(([key]) => !OF_THE_WHOLE.test(key)));
  const quantized = decoder.config['quantization_config'];
  return {
    architectures: ['LlavaForConditionalGeneration'],
    image_seq_length: featureCount(vision, { select }) - (select === 'default' && !vision.classToken ? 1 : 0),
    image_token_index: imageTokenId,
    model_type: 'llava',
    multimodal_projector_bias: projector.bias ?? true,
    projector_hidden_act: projector.activation,
    ...(quantized === undefined ? {} : { quantization_config: quantized }),
    text_config: text,
    tie_word_embeddings: text['tie_word_embeddings'] === true,
    vision_config: towerConfigJson(vision),
    vision_feature_layer: featureLayer,
    vision_feature_select_strategy: select,
  };
}

/** `config.json` of a decoder in a folder of its own, dense. */
export function languageJson({ config }: PartPlace): Record<string, unknown> {
  const { architectures, quantization_config: _, ...rest } = config;
  const own = Object.fromEntries(Object.entries(rest).filter(([key]) => !OF_THE_WHOLE.test(key)));
  // A LLaVA's own class is none of its decoder's.
  const ofDecoder = Array.isArray(architectures) && !/llava/i.test(String(architectures));
  return ofDecoder ? { architectures, ...own } : own;
}

/** transformers takes `default` to leave the first row out, class token or not; put together here, it leaves only a class token out. */
function strategy({ name, featureSelect }: LlavaLayout, { classToken }: TowerConfig): 'default' | 'full' {
  return name === 'parts' && !classToken ? 'full' : featureSelect;
}
