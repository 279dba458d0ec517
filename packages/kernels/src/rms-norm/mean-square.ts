import { isNative, tf } from '@moslora/runtime';
import { int32Vector } from '../execution/constant';
import { boolAttribute, DT, executeOne, typeAttribute } from '../execution/native-op';

/** Mean of the squares of each row: x (N, D) -> (N, 1). One pass over x on the native backend. */
export function meanSquare(x: tf.Tensor2D): tf.Tensor {
  if (!isNative()) return tf.mean(tf.square(x), 1, true);
  const attributes = [
    typeAttribute('T', DT.float32),
    typeAttribute('Tidx', DT.int32),
    boolAttribute('keep_dims', true),
  ];
  const length = executeOne('EuclideanNorm', attributes, [x, int32Vector([1])]); // (N, 1)
  return tf.div(tf.square(length), x.shape[1]);
}
