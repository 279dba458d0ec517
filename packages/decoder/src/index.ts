export type { Decoder, DecoderFamily, DecoderOptions, DecoderShape, ForwardOptions } from './contract';
export { decoderFields, parseDecoderConfig, type ConfigDefaults, type DecoderConfig } from './config/decoder-config';
export { linear, type AttentionPlan, type LayerPlan, type LinearPlan } from './layer/plan';
export type { DecoderNames, DecoderPrefix } from './tensors/find-decoder';
export { decoderFamily, type FamilyParts } from './family';
export { KvCache } from './attention/kv-cache';
