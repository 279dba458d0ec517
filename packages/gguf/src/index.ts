export type { GgufDecoderShape } from './decoder/decoder-shape';
export { decoderValues, writeDecoder, type DecoderToWrite } from './decoder/write-decoder';
export { GgufFile } from './gguf-file';
export * from './metadata';
export { tensorTypes, type GgufTensor, type TensorType } from './tensor-type';
export { tokenizerMetadata } from './tokenizer/tokenizer-metadata';
export { decodeValues, encodeValues } from './values';
export { writeGguf, type TensorToWrite } from './write-gguf';
