import type { WeightSource } from '@moslora/checkpoint';
import type { LinearSlot, Parameter } from '@moslora/nn';
import type { tf } from '@moslora/runtime';
import type { DecoderConfig } from './config/decoder-config';
import type { RopeConfig } from './config/rope-config';
import type { KvCache } from './attention/kv-cache';
import type { DecoderPrefix } from './tensors/find-decoder';
import type { TokenTable } from './token-table/token-table';

/** What every decoder family shows of its shape. */
export interface DecoderShape {
  /** D */
  hiddenSize: number;
  /** V */
  vocabSize: number;
  layers: number;
  maxPositions: number;
  /** How rotary wavelengths come about; those of 'dynamic' depend on how long a sequence is. */
  rope: Pick<RopeConfig, 'type'>;
}

export interface ForwardOptions {
  /** Which of the S positions each row may see, (B, S) row-major, 1 or 0; without it, all. Right padding needs none: it comes after. */
  visible?: Uint8Array | Int32Array | undefined;
  /**
   * Which branch each token belongs to, (B, T) row-major; for passes without a cache. 0 is the part that all share; a token of
   * branch k > 0 sees that part and the earlier tokens of its own branch. Goes with `positions` that count on from the shared part.
   */
  branches?: Int32Array | undefined;
  /** Position of each token, (B, T) row-major; by default they count on from the cache. */
  positions?: Int32Array | undefined;
  /** Keys and values of earlier positions; those of this pass are added. */
  cache?: KvCache;
  /** false where nothing before x learns: no gradient of x is then computed. */
  inputGradient?: boolean;
  /** Keep only each layer's input and recompute the rest in the backward pass. */
  checkpointing?: boolean;
}

/** What {@link Decoder.step} is told of the cache that it goes on from. */
export type StepOptions = Required<Pick<ForwardOptions, 'cache'>> & Pick<ForwardOptions, 'visible' | 'positions'>;

/** A causal language model without its sampling loop. Frozen unless it was loaded to learn; adapters stand in its slots. */
export interface Decoder {
  readonly config: DecoderShape;
  /** The embeddings (V, D). */
  readonly table: TokenTable;
  /** ids (B, T) int32 → (B, T, D) */
  embed(ids: tf.Tensor2D): tf.Tensor3D;
  /** x (B, T, D) → hidden states after the final norm (B, T, D) */
  forward(x: tf.Tensor3D, options?: ForwardOptions): tf.Tensor3D;
  /**
   * As {@link forward}, but only for the chosen rows of (B*T), ascending: (n, D). The cheap way where few rows are read: the last
   * layer's MLP, the norm and the head are spared the others.
   */
  forwardRows(x: tf.Tensor3D, rows: Int32Array, options?: ForwardOptions): tf.Tensor2D;
  /** rows (n, D) → (n, V) */
  logits(rows: tf.Tensor2D): tf.Tensor2D;
  /**
   * One more token of each row, ids (B): the logits of what follows, (B, V). Without a gradient; where the fused ops run all of it is one
   * op, remembered, which is the cheap way to write a text.
   */
  step(ids: Int32Array, options: StepOptions): tf.Tensor2D;
  /** The same, and of each row the id with the greatest logit, the first of equals: (B) int32. */
  greedyStep(ids: Int32Array, options: StepOptions): tf.Tensor1D;
  /** Σ of -log softmax(logits)[target] over rows (n, D), targets (n) int32; the logits of all rows need not exist at once. */
  loss(rows: tf.Tensor2D, targets: tf.Tensor1D): tf.Scalar;
  /** Every projection under its full published name; the head too, where it is not the embedding table. */
  slots(): LinearSlot[];
  /** All that learns: what stands in the slots, and all of its own tensors where it was loaded so. */
  parameters(): Parameter[];
  newCache(): KvCache;
  dispose(): void;
}

export interface DecoderOptions {
  /** Path before `layers.0`, such as `model.`; found by itself when left out. */
  prefix?: string;
  /** File and key named in errors about the configuration. */
  where?: string;
  /** How NF4 layers lie in memory. */
  residency?: 'packed' | 'dequantized';
  /** Whether all of its tensors learn, as float32 variables; false. Not of a decoder in 4 bits. */
  trainable?: boolean;
}

/** What a package `@moslora/model-<family>` exports as `family`. */
export interface DecoderFamily {
  /** Every tensor of the decoder that `config` describes, with its published shape; at `model.` unless `prefix` says otherwise. */
  tensors(config: unknown, prefix?: DecoderPrefix): Map<string, number[]>;
  /**
   * Holds the decoder in `source` against `config`, reading nothing but headers, and gives its shape.
   * @throws UserError listing every value that asks for other maths, or every tensor that does not fit
   */
  check(source: WeightSource, config: unknown, options?: DecoderOptions): DecoderConfig;
  /** Loads the decoder in `source` as `config` (the parsed JSON of `config.json`, or its `text_config`) describes it. */
  load(source: WeightSource, config: unknown, options?: DecoderOptions): Decoder;
}
