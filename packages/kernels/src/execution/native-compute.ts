import type { tf } from '@moslora/runtime';
import { fusedMatMul } from '../mat-mul/fused-mat-mul';
import { hasKernel } from '../native/kernels-addon';
import type { Compute } from './compute';
import { int32Scalar, int32Vector } from './constant';
import { boolAttribute, DT, executeOne, intAttribute, typeAttribute, type TfHandle } from './native-op';

/** float32 or bfloat16 through TensorFlow's ops. */
export class NativeCompute implements Compute {
  private readonly type: typeof DT.float32 | typeof DT.bfloat16;

  constructor(readonly precision: 'float32' | 'bfloat16') {
    this.type = DT[precision];
  }

  enter(x: tf.Tensor): tf.Tensor {
    return this.type === DT.float32 ? x : this.run('Identity', [], [x]);
  }

  matMul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
    if (this.precision === 'bfloat16' && hasKernel('MosloraMatMul'))
      return fusedMatMul(a, b, { transposeA, transposeB });
    return this.run(
      'MatMul',
      [boolAttribute('transpose_a', transposeA), boolAttribute('transpose_b', transposeB)],
      [a, b],
    );
  }

  batchMatMul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
    return this.run('BatchMatMulV2', [boolAttribute('adj_x', transposeA), boolAttribute('adj_y', transposeB)], [a, b]);
  }

  concat(parts: readonly tf.Tensor[], axis: number): tf.Tensor {
    const attributes = [typeAttribute('Tidx', DT.int32), intAttribute('N', parts.length)];
    return this.run('ConcatV2', attributes, [...parts, int32Scalar(axis)]);
  }

  reshape(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
    return this.run('Reshape', [typeAttribute('Tshape', DT.int32)], [x, int32Vector(shape)]);
  }

  transpose(x: tf.Tensor, order: readonly number[]): tf.Tensor {
    return this.run('Transpose', [typeAttribute('Tperm', DT.int32)], [x, int32Vector(order)]);
  }

  slice(x: tf.Tensor, begin: readonly number[], size: readonly number[]): tf.Tensor {
    return this.run('Slice', [typeAttribute('Index', DT.int32)], [x, int32Vector(begin), int32Vector(size)]);
  }

  mul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return this.run('Mul', [], [a, b]);
  }

  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return this.run('AddV2', [], [a, b]);
  }

  sub(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return this.run('Sub', [], [a, b]);
  }

  private run(
    name: string,
    attributes: Parameters<typeof executeOne>[1],
    inputs: readonly (tf.Tensor | TfHandle)[],
  ): tf.Tensor {
    return executeOne(name, [typeAttribute('T', this.type), ...attributes], inputs, this.type);
  }
}
