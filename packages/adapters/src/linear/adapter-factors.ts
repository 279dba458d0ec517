import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { adapterKey } from '../peft/keys';
import type { FactorValues, LayerShape } from '../method/adapter-method';

/** The factors of one adapter as variables under the names they have in a file. */
export class AdapterFactors {
  readonly rank: number;
  /** (R, in). */
  readonly a: tf.Variable<tf.Rank.R2>;
  /** (out, R). */
  readonly b: tf.Variable<tf.Rank.R2>;
  /** (R, R), learning or not. */
  readonly mixer: tf.Variable<tf.Rank.R2> | undefined;

  /** `path` is the module's path in the adapter's file; `scale` is s. */
  constructor(
    readonly path: string,
    private readonly layer: LayerShape,
    values: FactorValues,
    readonly scale: number,
  ) {
    this.rank = values.a.length / layer.inFeatures;
    this.a = variable(values.a, [this.rank, layer.inFeatures], true);
    this.b = variable(values.b, [layer.outFeatures, this.rank], true);
    this.mixer = values.mixer && variable(values.mixer.values, [this.rank, this.rank], values.mixer.trainable);
  }

  /** What learns. */
  parameters(): Parameter[] {
    return this.all().filter(({ value }) => value.trainable);
  }

  /** Everything a file holds: also a mixer that does not learn. */
  all(): Parameter[] {
    const parameter = (part: 'A' | 'AB' | 'B', value: tf.Variable): Parameter => {
      return { name: adapterKey(this.path, part), value, group: 'adapter' };
    };
    const mixer = this.mixer === undefined ? [] : [parameter('AB', this.mixer)];
    return [parameter('A', this.a), ...mixer, parameter('B', this.b)];
  }

  /** ΔW = s B M A (out, in) in float32; the caller disposes it. */
  delta(): tf.Tensor2D {
    return tf.tidy(() => tf.mul(tf.matMul(this.b, this.foldedA()), this.scale));
  }

  /** The same ΔW without a mixer: A' = M A, B' = B. */
  folded(): AdapterFactors {
    const a = tf.tidy(() => this.foldedA().dataSync<'float32'>().slice());
    const b = this.b.dataSync<'float32'>().slice();
    return new AdapterFactors(this.path, this.layer, { a, b }, this.scale);
  }

  dispose(): void {
    tf.dispose(this.all().map(({ value }) => value));
  }

  /** M A (R, in). */
  private foldedA(): tf.Tensor2D {
    return this.mixer === undefined ? this.a : tf.matMul(this.mixer, this.a);
  }
}

function variable(values: Float32Array, shape: [number, number], trainable: boolean): tf.Variable<tf.Rank.R2> {
  const initial = tf.tensor2d(values, shape);
  const result = tf.variable(initial, trainable);
  initial.dispose();
  return result;
}
