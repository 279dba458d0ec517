import type { Parameter } from '@moslora/nn';
import { hostValues, tf } from '@moslora/runtime';
import { Magnitude } from '../dora/magnitude';
import { rateFactor } from '../lora-plus/rate-factor';
import type { AdaptedLayer, FactorValues } from '../method/adapter-method';
import { adapterKey, type AdapterPart } from '../peft/keys';
import { downProjection, mergedWeight } from './merged-weight';

/** The factors of one adapter as variables under the names they have in a file. */
export class AdapterFactors {
  readonly rank: number;
  /** (R, in). */
  readonly a: tf.Variable<tf.Rank.R2>;
  /** (out, R). */
  readonly b: tf.Variable<tf.Rank.R2>;
  /** (R, R), learning or not. */
  readonly mixer: tf.Variable<tf.Rank.R2> | undefined;
  /** DoRA's, which need a frozen weight under them. */
  readonly magnitude: Magnitude | undefined;

  /** `path` is the module's path in the adapter's file; `scale` is s; `loraPlusRatio` the learning rate of B over that of A. */
  constructor(
    readonly path: string,
    private readonly layer: AdaptedLayer,
    values: FactorValues,
    readonly scale: number,
    private readonly loraPlusRatio = 1,
  ) {
    this.rank = values.a.length / layer.inFeatures;
    this.a = variable(values.a, [this.rank, layer.inFeatures], true);
    this.b = variable(values.b, [layer.outFeatures, this.rank], true);
    this.mixer = values.mixer && variable(values.mixer.values, [this.rank, this.rank], values.mixer.trainable);
    if (values.magnitude === undefined) return;
    if (layer.frozen === undefined) throw new Error(`${path}: magnitudes over a weight that learns`);
    this.magnitude = new Magnitude(values.magnitude, layer.frozen);
  }

  /** What learns. */
  parameters(): Parameter[] {
    return this.all().filter(({ value }) => value.trainable);
  }

  /** Everything a file holds: also a mixer that does not learn. */
  all(): Parameter[] {
    const parameter = (part: AdapterPart, value: tf.Variable | undefined): Parameter[] => {
      if (value === undefined) return [];
      const factor = rateFactor(part, this.loraPlusRatio);
      return [
        { name: adapterKey(this.path, part), value, group: 'adapter', ...(factor !== 1 && { rateFactor: factor }) },
      ];
    };
    return [
      ...parameter('A', this.a),
      ...parameter('AB', this.mixer),
      ...parameter('B', this.b),
      ...parameter('magnitude', this.magnitude?.value),
    ];
  }

  /** M A (R, in): A itself where there is no mixer. */
  down(): tf.Tensor2D {
    return downProjection(this);
  }

  /** The weight that the layer and its adapter stand for, from W (out, in) in float32. */
  merged(weight: tf.Tensor2D): tf.Tensor2D {
    const { a, b, mixer, scale } = this;
    return mergedWeight(weight, { a, b, mixer, magnitude: this.magnitude?.value as tf.Tensor1D | undefined, scale });
  }

  /** The same without a mixer: A' = M A, B' = B. */
  folded(): AdapterFactors {
    const a = hostValues(() => tf.clone(this.down()));
    const b = this.b.dataSync<'float32'>().slice();
    const magnitude = this.magnitude && { magnitude: this.magnitude.value.dataSync<'float32'>().slice() };
    return new AdapterFactors(this.path, this.layer, { a, b, ...magnitude }, this.scale, this.loraPlusRatio);
  }

  dispose(): void {
    tf.dispose([this.a, this.b, ...(this.mixer === undefined ? [] : [this.mixer])]);
    this.magnitude?.dispose();
  }
}

function variable(values: Float32Array, shape: [number, number], trainable: boolean): tf.Variable<tf.Rank.R2> {
  const initial = tf.tensor2d(values, shape);
  const result = tf.variable(initial, trainable);
  initial.dispose();
  return result;
}
