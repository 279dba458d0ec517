import {
  adapterPath,
  dropoutMask,
  dropsInside,
  frozenLinear,
  loraLinear,
  type Dropped,
  type LoraFactors,
  type Projection,
} from '@moslora/kernels';
import type { FrozenBase, Linear, Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { Magnitude } from '../dora/magnitude';
import type { AdapterFactors } from './adapter-factors';
import type { Dropout } from './dropout';

/**
 * A linear layer with an adapter beside it: y = base(x) + s B M A dropout(x), x (..., in) -> (..., out). Where the base is frozen, both
 * are one op; a base that learns computes by itself. DoRA's magnitudes stretch what the op gives.
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
    const { path, magnitude } = this.factors;
    const { frozen } = this.base;
    const dropped = this.dropout.draw(path);
    if (frozen === undefined) return this.besideBase(x, this.mask(x, dropped));
    if (magnitude !== undefined) return this.stretched(x, frozen, magnitude, this.mask(x, dropped));
    const { operand, bias } = frozen;
    return loraLinear(x, operand, this.operands(), { ...(bias && { bias }), ...(dropped && { dropout: dropped }) });
  }

  projection(): Projection | undefined {
    const { frozen } = this.base;
    if (frozen === undefined || this.factors.magnitude !== undefined) return undefined;
    if (this.dropout.isActive() && !dropsInside()) return undefined;
    return {
      weight: frozen.operand,
      bias: frozen.bias,
      factors: this.operands(),
      dropout: this.dropout.draw(this.factors.path),
    };
  }

  /** What learns: the factors, and the base where that learns. */
  parameters(): Parameter[] {
    return [...this.base.parameters(), ...this.factors.parameters()];
  }

  dispose(): void {
    this.base.dispose();
    this.factors.dispose();
  }

  /** (N, in), where elements are dropped. */
  private mask(x: tf.Tensor, dropped: Dropped | undefined): tf.Tensor2D | undefined {
    return dropped && dropoutMask(x.size / this.inFeatures, this.inFeatures, dropped);
  }

  private operands(): LoraFactors {
    const { a, b, mixer, scale } = this.factors;
    return { a, b, scale, ...(mixer && { mixer }) };
  }

  /**
   * DoRA: y = f (d Wᵀ + s d Aᵀ Bᵀ) + (x - d) Wᵀ + bias, with f = m / ‖W + s B A‖ and d = dropout(x); the middle term is there only while
   * elements are dropped. That is what PEFT computes: dropout concerns what DoRA adds, not the layer itself.
   */
  private stretched(
    x: tf.Tensor,
    { operand, bias }: FrozenBase,
    magnitude: Magnitude,
    mask: tf.Tensor2D | undefined,
  ): tf.Tensor {
    const { b, scale } = this.factors;
    const dropped = mask === undefined ? x : tf.mul(x, tf.reshape(mask, x.shape));
    const plain = loraLinear(dropped, operand, this.operands()); // (..., out)
    const y = magnitude.rescale(plain, () => ({ b, down: this.factors.down(), scale }));
    if (mask !== undefined) return tf.add(y, frozenLinear(tf.sub(x, dropped), operand, bias));
    return bias === undefined ? y : tf.add(y, bias);
  }

  private besideBase(x: tf.Tensor, mask: tf.Tensor2D | undefined): tf.Tensor {
    const rows = tf.reshape(x, [-1, this.inFeatures]) as tf.Tensor2D; // (N, in)
    const update = adapterPath(mask === undefined ? rows : tf.mul(rows, mask), this.operands()); // (N, out)
    const y = this.base.apply(x); // (..., out)
    return tf.add(y, tf.reshape(update, y.shape));
  }
}
