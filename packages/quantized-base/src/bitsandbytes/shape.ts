import type { WeightSource } from '@moslora/checkpoint';
import { nf4Keys } from './keys';
import { parseQuantState } from './quant-state';

/** The shape of a 4-bit weight (by its name or its layer's path), read without its codes. */
export function nf4Shape(source: WeightSource, layerOrWeight: string): number[] {
  const { quantState } = nf4Keys(layerOrWeight);
  return parseQuantState(source.bytes(quantState), `${source.where}, tensor ${quantState}`).shape;
}
