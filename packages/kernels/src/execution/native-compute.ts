import type { tf } from '@moslora/runtime';
import { cast } from './cast';
import type { Compute } from './compute';
import { int32Scalar, int32Vector } from './constant';
import { boolAttribute, DT, executeOne, intAttribute, typeAttribute } from './native-op';

/** float32 or bfloat16 through TensorFlow's ops. */
export class NativeCompute implements Compute {
  constructor(
    readonly precision: 'float32' | 'bfloat16',
    private readonly type: typeof DT.float32 | typeof DT.bfloat16,
  ) {}

  enter(x: tf.Tensor): tf.Tensor {
    return this.type === DT.float32 ? x : cast(x, DT.float32, this.type);
  }

  leave(x: tf.Tensor): tf.Tensor {
    return this.type === DT.float32 ? x : cast(x, this.type, DT.float32);
  }

  matMul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
    const attributes = [this.t(), boolAttribute('transpose_a', transposeA), boolAttribute('transpose_b', transposeB)];
    return executeOne('MatMul', attributes, [a, b]);
  }

  batchMatMul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
    const attributes = [this.t(), boolAttribute('adj_x', transposeA), boolAttribute('adj_y', transposeB)];
    return executeOne('BatchMatMulV2', attributes, [a, b]);
  }

  concat(parts: readonly tf.Tensor[], axis: number): tf.Tensor {
    const attributes = [this.t(), typeAttribute('Tidx', DT.int32), intAttribute('N', parts.length)];
    return executeOne('ConcatV2', attributes, [...parts, int32Scalar(axis)]);
  }

  reshape(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
    return executeOne('Reshape', [this.t(), typeAttribute('Tshape', DT.int32)], [x, int32Vector(shape)]);
  }

  transpose(x: tf.Tensor, order: readonly number[]): tf.Tensor {
    return executeOne('Transpose', [this.t(), typeAttribute('Tperm', DT.int32)], [x, int32Vector(order)]);
  }

  mul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return executeOne('Mul', [this.t()], [a, b]);
  }

  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return executeOne('AddV2', [this.t()], [a, b]);
  }

  sub(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return executeOne('Sub', [this.t()], [a, b]);
  }

  private t() {
    return typeAttribute('T', this.type);
  }
}
