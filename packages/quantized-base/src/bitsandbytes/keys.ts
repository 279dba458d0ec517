import type { WeightSource } from '@moslora/checkpoint';

/** Names under which bitsandbytes stores the parts of one 4-bit weight; `name` is the layer's path, or its weight's. */
export function nf4Keys(name: string) {
  const weight = name.endsWith('.weight') ? name : `${name}.weight`;
  return {
    packed: weight,
    absmax: `${weight}.absmax`,
    quantMap: `${weight}.quant_map`,
    nestedAbsmax: `${weight}.nested_absmax`,
    nestedQuantMap: `${weight}.nested_quant_map`,
    quantState: `${weight}.quant_state.bitsandbytes__nf4`,
  };
}

const partPattern = /\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.bitsandbytes__\w+)$/;

/** Whether a tensor is a part of a quantised weight beside its packed bytes. */
export function isNf4Part(name: string): boolean {
  return partPattern.test(name);
}

/** Whether the source holds `name` (a layer or its weight) in 4 bits. */
export function isNf4(source: WeightSource, name: string): boolean {
  return source.has(nf4Keys(name).quantState);
}
