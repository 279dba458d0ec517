import { tf } from '@moslora/runtime';

/** Rows of a table by index in plain tfjs, as a product with one-hot rows: the oracle of the tests. */
export function rowsReference(table: tf.Tensor2D, indices: tf.Tensor): tf.Tensor {
  const hot = tf.cast(tf.oneHot(tf.reshape(indices, [-1]) as tf.Tensor1D, table.shape[0]), 'float32') as tf.Tensor2D;
  return tf.reshape(tf.matMul(hot, table), [...indices.shape, table.shape[1]]);
}
