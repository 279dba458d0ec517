import type { WeightSource } from '@moslora/checkpoint';

/** Names under which bitsandbytes stores the parts of one 4-bit weight (`name` ends in `.weight`). */
export function nf4Keys(name: string) {
  return {
    packed: name,
    absmax: `${name}.absmax`,
    quantMap: `${name}.quant_map`,
    nestedAbsmax: `${name}.nested_absmax`,
    nestedQuantMap: `${name}.nested_quant_map`,
    quantState: `${name}.quant_state.bitsandbytes__nf4`,
  };
}

const partPattern = /\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.bitsandbytes__\w+)$/;

/** Whether a tensor is a part of a quantised weight beside its packed bytes. */
export function isNf4Part(name: string): boolean {
  return partPattern.test(name);
}

/** Whether the source holds `name` in 4 bits. */
export function isNf4(source: WeightSource, name: string): boolean {
  return source.has(nf4Keys(name).quantState);
}
