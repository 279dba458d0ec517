import { FrozenMatrix, frozenLinear, trainableLinear, type Projection } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import type { Parameter, ParameterGroup } from '../parameter';
import type { FrozenBase, Linear } from './linear';

export interface DenseLinearOptions {
  /** The module's published path; its parameters are called `<name>.weight` and `<name>.bias`. */
  name: string;
  /** (out, in), as published. Taken over, a variable included. */
  weight: tf.Tensor2D;
  /** (out). Taken over. */
  bias?: tf.Tensor1D | Float32Array;
  /** Whether it learns; default false, which costs no gradient. */
  trainable?: boolean;
  /** Default decoder. */
  group?: ParameterGroup;
}

/** A dense linear layer, frozen (kept in the type that products need) or learning (float32 variables). */
export class DenseLinear implements Linear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly frozen?: FrozenBase;
  private readonly learning: { weight: tf.Variable; bias?: tf.Variable } | undefined;
  private readonly matrix: FrozenMatrix | undefined;
  private readonly bias: tf.Tensor1D | undefined;

  /** Throws when the bias does not have one value per output. */
  constructor(private readonly options: DenseLinearOptions) {
    const { weight, trainable = false } = options;
    [this.outFeatures, this.inFeatures] = weight.shape;
    const bias = options.bias instanceof Float32Array ? tf.tensor1d(options.bias) : options.bias;
    if (bias !== undefined && bias.size !== this.outFeatures) {
      throw new Error(`${options.name}: a bias of ${bias.size} values for ${this.outFeatures} outputs`);
    }
    if (trainable) {
      this.learning = { weight: asVariable(weight), ...(bias && { bias: asVariable(bias) }) };
      return;
    }
    const matrix = new FrozenMatrix(weight);
    this.matrix = matrix;
    this.bias = bias && tf.keep(bias);
    this.frozen = {
      operand: matrix,
      bias: this.bias,
      weight: () => matrix.toTensor(),
      replace: (other) => matrix.replace(other),
    };
  }

  apply(x: tf.Tensor): tf.Tensor {
    if (this.matrix !== undefined) return frozenLinear(x, this.matrix, this.bias);
    const { weight, bias } = this.learning as { weight: tf.Tensor; bias?: tf.Tensor };
    return trainableLinear(x, weight as tf.Tensor2D, bias as tf.Tensor1D | undefined);
  }

  projection(): Projection | undefined {
    return this.matrix && { weight: this.matrix, bias: this.bias };
  }

  parameters(): Parameter[] {
    const { name, group = 'decoder' } = this.options;
    return Object.entries(this.learning ?? {}).map(([part, value]) => ({ name: `${name}.${part}`, value, group }));
  }

  dispose(): void {
    this.matrix?.dispose();
    this.bias?.dispose();
    tf.dispose(Object.values(this.learning ?? {}));
  }
}

function asVariable(tensor: tf.Tensor): tf.Variable {
  if (tensor instanceof tf.Variable) return tensor;
  const variable = tf.variable(tensor);
  tensor.dispose();
  return variable;
}
