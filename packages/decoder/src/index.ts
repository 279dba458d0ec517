export type { Decoder, DecoderFamily, DecoderOptions, DecoderShape, ForwardOptions } from './contract';
export { decoderFields, parseDecoderConfig, type ConfigDefaults, type DecoderConfig } from './config/decoder-config';
export { linear, type AttentionPlan, type LayerPlan, type LinearPlan } from './layer/plan';
export type { DecoderNames, DecoderPrefix } from './tensors/find-decoder';
export { decoderFamily, type FamilyParts } from './family';
export { ResidentTable } from './token-table/resident-table';
export type { TokenTable } from './token-table/token-table';
export { KvCache } from './attention/kv-cache';
