import type { Linear } from '@moslora/nn';
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
  /** m (out), DoRA's: the lengths of the rows of W + s B A. */
  magnitude?: Float32Array;
}

/** The layer that gets an adapter: its widths, and its frozen weight where it has one. */
export type AdaptedLayer = Pick<Linear, 'inFeatures' | 'outFeatures' | 'frozen'>;

/** One way to build an adapter. */
export interface AdapterMethod<Config extends AdapterConfig = AdapterConfig> {
  readonly name: Config['method'];
  /** What of the configuration this method cannot work with; asked for every rank that occurs. */
  problems(config: Config): Problem[];
  /** The factors before training; `config.rank` is this layer's. B = 0, so that the layer computes what it did before. */
  create(layer: AdaptedLayer, config: Config, rng: Rng): FactorValues;
}
