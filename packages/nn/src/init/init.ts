import type { Rng } from '@moslora/runtime';

/** U(-1/√in, 1/√in) for a weight (out, in): what PyTorch calls kaiming_uniform with a = √5, its default for linear layers. */
export function kaimingUniform(rng: Rng, [outFeatures, inFeatures]: readonly [number, number]): Float32Array {
  const bound = 1 / Math.sqrt(inFeatures);
  return rng.uniformArray(outFeatures * inFeatures, -bound, bound);
}

/** U(-b, b) with b = √(6 / (in + out)) for a weight (out, in) (Glorot and Bengio 2010). */
export function xavierUniform(rng: Rng, [outFeatures, inFeatures]: readonly [number, number]): Float32Array {
  const bound = Math.sqrt(6 / (inFeatures + outFeatures));
  return rng.uniformArray(outFeatures * inFeatures, -bound, bound);
}

/** `count` normal values of the given deviation, drawn again where they are more than `cut` deviations from 0. */
export function truncatedNormal(rng: Rng, count: number, deviation: number, cut = 2): Float32Array {
  return Float32Array.from({ length: count }, () => {
    for (;;) {
      const value = rng.normal();
      if (Math.abs(value) <= cut) return value * deviation;
    }
  });
}
