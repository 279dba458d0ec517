import type { WeightSource } from '@moslora/checkpoint';
import { dequantizeNf4, isNf4, isNf4Part, nf4FromSource, nf4Shape } from '@moslora/quantized-base';

/**
 * A view in which 4-bit weights look dense: published 4-bit LLaVAs have the tower's projections in NF4 too, which is small beside the
 * decoder and gains nothing from staying so. Values are the dequantised ones.
 */
export function denseView(source: WeightSource): WeightSource {
  const names = source.names().filter((name) => !isNf4Part(name));
  const dequantized = (name: string): Float32Array<ArrayBuffer> =>
    dequantizeNf4(nf4FromSource(source, name)) as Float32Array<ArrayBuffer>;
  return {
    where: source.where,
    metadata: source.metadata,
    names: () => names,
    has: (name) => source.has(name),
    info: (name) => {
      if (!isNf4(source, name)) return source.info(name);
      const shape = nf4Shape(source, name);
      return { dtype: 'F32', shape, byteLength: shape.reduce((a, b) => a * b, 4) };
    },
    bytes: (name) => (isNf4(source, name) ? new Uint8Array(dequantized(name).buffer) : source.bytes(name)),
    float32: (name) => (isNf4(source, name) ? dequantized(name) : source.float32(name)),
    int32: (name) => source.int32(name),
    close: () => source.close(),
  };
}
