import { tf } from '@moslora/runtime';
import type { Compute } from './compute';

/** float32 through tfjs ops: works on every backend. */
export class PortableCompute implements Compute {
  readonly precision = 'float32';

  enter(x: tf.Tensor): tf.Tensor {
    return x;
  }

  matMul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
    return tf.matMul(a, b, transposeA, transposeB);
  }

  batchMatMul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
    return tf.matMul(a, b, transposeA, transposeB);
  }

  concat(parts: readonly tf.Tensor[], axis: number): tf.Tensor {
    return tf.concat([...parts], axis);
  }

  reshape(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
    return tf.reshape(x, [...shape]);
  }

  transpose(x: tf.Tensor, order: readonly number[]): tf.Tensor {
    return tf.transpose(x, [...order]);
  }

  slice(x: tf.Tensor, begin: readonly number[], size: readonly number[]): tf.Tensor {
    return tf.slice(x, [...begin], [...size]);
  }

  mul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.mul(a, b);
  }

  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.add(a, b);
  }

  sub(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.sub(a, b);
  }
}
