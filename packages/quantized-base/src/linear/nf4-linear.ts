import { frozenLinear, type Projection } from '@moslora/kernels';
import type { FrozenBase, Linear, Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { quantizeNf4, type Nf4Tensor } from '../nf4-tensor';
import { DequantizedWeight, PackedWeight, type Nf4Weight } from './nf4-weight';

export type Nf4Residency = 'packed' | 'dequantized';

export interface Nf4LinearOptions {
  /** The module's published path, for error messages. */
  name: string;
  /** (out). Taken over. */
  bias?: tf.Tensor1D | Float32Array | undefined;
  /**
   * `packed` (default) keeps 4 bits a weight and unpacks at each use; `dequantized` keeps a copy in the type of the products: 4 to
   * 8 times the memory, no unpacking. The results are the same.
   */
  residency?: Nf4Residency;
}

/** y = x Wᵀ + b with a frozen W (out, in) in NF4: x (..., in) -> (..., out). Only x gets a gradient. */
export class Nf4Linear implements Linear {
  readonly outFeatures: number;
  readonly inFeatures: number;
  readonly frozen: FrozenBase;
  private readonly bias: tf.Tensor1D | undefined;
  private readonly weight: Nf4Weight;

  constructor(tensor: Nf4Tensor, { name, bias, residency = 'packed' }: Nf4LinearOptions) {
    const [out, width, ...more] = tensor.shape;
    if (out === undefined || width === undefined || more.length > 0) {
      throw new Error(`${name}: a linear layer's weight has two axes, not (${tensor.shape.join(', ')})`);
    }
    if (bias !== undefined && (bias instanceof Float32Array ? bias.length : bias.size) !== out) {
      throw new Error(`${name}: the bias must have one value for each of ${out} outputs`);
    }
    [this.outFeatures, this.inFeatures] = [out, width];
    this.bias = bias instanceof Float32Array ? tf.keep(tf.tensor1d(bias)) : bias && tf.keep(bias);
    const weight = residency === 'packed' ? new PackedWeight(tensor) : new DequantizedWeight(tensor);
    this.weight = weight;
    this.frozen = {
      operand: weight,
      ...(this.bias && { bias: this.bias }),
      weight: () => weight.values(),
      replace: (other) => {
        weight.set(requantized(other, weight.tensor(), name));
        other.dispose();
      },
    };
  }

  apply(x: tf.Tensor): tf.Tensor {
    return frozenLinear(x, this.weight, this.bias);
  }

  projection(): Projection {
    return { weight: this.weight, bias: this.bias };
  }

  /** The 4-bit weight as arrays, for files. */
  quantized(): Nf4Tensor {
    return this.weight.tensor();
  }

  parameters(): Parameter[] {
    return [];
  }

  dispose(): void {
    this.weight.dispose();
    this.bias?.dispose();
  }
}

/** `weight` in NF4 with the settings of `like`. */
function requantized(weight: tf.Tensor2D, like: Nf4Tensor, name: string): Nf4Tensor {
  const double = !(like.absmax instanceof Float32Array);
  const values = weight.dataSync<'float32'>();
  return quantizeNf4(values, { double, shape: like.shape, dtype: like.dtype, place: name });
}
