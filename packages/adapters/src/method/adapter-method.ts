import type { Rng } from '@moslora/runtime';
import type { AdapterConfig, Problem } from '@moslora/specs';

/** What an adapter starts from, row-major: y = base(x) + s B M A x. */
export interface FactorValues {
  /** A (R, in). */
  a: Float32Array;
  /** B (out, R). */
  b: Float32Array;
  /** M (R, R); without it M = I. A frozen one stays as it is. */
  mixer?: { values: Float32Array; trainable: boolean };
}

/** Widths of the layer that gets an adapter. */
export interface LayerShape {
  inFeatures: number;
  outFeatures: number;
}

/** One way to build an adapter. */
export interface AdapterMethod<Config extends AdapterConfig = AdapterConfig> {
  readonly name: Config['method'];
  /** What of the configuration this method cannot work with. */
  problems(config: Config): Problem[];
  /** The factors before training. B = 0, so that the layer computes what it did before. */
  create(layer: LayerShape, config: Config, rng: Rng): FactorValues;
}
