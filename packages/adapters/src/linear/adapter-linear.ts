import { loraLinear, matMul, type Projection } from '@moslora/kernels';
import type { Linear, Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { AdapterFactors } from './adapter-factors';
import type { Dropout } from './dropout';

/**
 * A linear layer with an adapter beside it: y = base(x) + s B M A dropout(x), x (..., in) -> (..., out). Where the base is frozen, both
 * are one op; a base that learns computes by itself.
 */
export class AdapterLinear implements Linear {
  readonly inFeatures: number;
  readonly outFeatures: number;

  private constructor(
    readonly base: Linear,
    readonly factors: AdapterFactors,
    private readonly dropout: Dropout,
  ) {
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
  }

  static fromBase(base: Linear, factors: AdapterFactors, dropout: Dropout): AdapterLinear {
    return new AdapterLinear(base, factors, dropout);
  }

  apply(x: tf.Tensor): tf.Tensor {
    const { a, b, mixer, scale, path } = this.factors;
    const dropoutMask = this.dropout.mask(path, x.size / this.inFeatures, this.inFeatures);
    if (this.base.frozen === undefined) return this.besideBase(x, dropoutMask);
    const { operand, bias } = this.base.frozen;
    const factors = { a, b, scale, ...(mixer && { mixer }) };
    return loraLinear(x, operand, factors, { ...(bias && { bias }), ...(dropoutMask && { dropoutMask }) });
  }

  projection(): Projection | undefined {
    if (this.base.frozen === undefined || this.dropout.isActive()) return undefined;
    const { a, b, mixer, scale } = this.factors;
    const { operand, bias } = this.base.frozen;
    return { weight: operand, bias, factors: { a, b, scale, ...(mixer && { mixer }) } };
  }

  /** What learns: the factors, and the base where that learns. */
  parameters(): Parameter[] {
    return [...this.base.parameters(), ...this.factors.parameters()];
  }

  dispose(): void {
    this.base.dispose();
    this.factors.dispose();
  }

  private besideBase(x: tf.Tensor, mask: tf.Tensor2D | undefined): tf.Tensor {
    const { a, b, mixer, scale } = this.factors;
    const rows = tf.reshape(x, [-1, this.inFeatures]) as tf.Tensor2D; // (N, in)
    const transposed = { transposeB: true };
    const u = matMul(mask === undefined ? rows : tf.mul(rows, mask), a, transposed); // (N, R)
    const v = mixer === undefined ? u : matMul(u, mixer, transposed); // (N, R)
    const update = tf.mul(matMul(v, b, transposed), scale); // (N, out)
    const y = this.base.apply(x); // (..., out)
    return tf.add(y, tf.reshape(update, y.shape));
  }
}
