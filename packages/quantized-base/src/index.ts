export { dequantizeNf4, nf4Bytes, quantizeNf4, type Nf4Tensor, type QuantizeOptions } from './nf4-tensor';
export { type FloatType } from './code/decode';
export { type NestedAbsmax } from './code/nested-absmax';
export { isNf4, isNf4Part, nf4Keys } from './bitsandbytes/keys';
export { nf4FromSource } from './bitsandbytes/read';
export { nf4ToEntries } from './bitsandbytes/write';
export { quantizationConfig, quantizationOf } from './bitsandbytes/quantization-config';
export { verifyNf4File, type Nf4Check } from './verify/verify-nf4-file';
