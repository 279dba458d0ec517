import { isNative, tf } from '@moslora/runtime';
import { int32Scalar } from '../execution/constant';
import { DT, executeOne, intAttribute, typeAttribute } from '../execution/native-op';
import { isLowOnly, narrowOnly, widened } from '../execution/storage';
import { customOp, isTrainable } from '../custom-op';

/**
 * Rows of x (N, D) by index (...) int32 -> (..., D); the gradient adds each row back to where it came from. The indices are not read
 * back to JavaScript; on the native backend one outside [0, N) makes TensorFlow throw. Where they are `distinct`, a gradient in bfloat16 stays so.
 */
export function gatherRows(x: tf.Tensor2D, indices: tf.Tensor, { distinct = false } = {}): tf.Tensor {
  return customOp([x], (save) => {
    save([indices]);
    return {
      value: gather(x, indices),
      gradient: (dy, saved) => [scatterRows(dy, saved[0] as tf.Tensor, x.shape[0], { distinct })],
    };
  });
}

/**
 * Embeddings of token ids: table (V, D), ids (...) int32 -> (..., D). A gradient is computed only for a table that learns (a
 * trainable variable). A table held in 16 bits stays so; its rows come out in float32, for they start a residual stream.
 */
export function embedding(table: tf.Tensor2D, ids: tf.Tensor): tf.Tensor {
  if (isTrainable(table)) return gatherRows(table, ids);
  return customOp([], () => ({ value: exact(gather(table, ids)), gradient: () => [] }));
}

/** The rows in float32; takes them over. */
function exact(rows: tf.Tensor): tf.Tensor {
  if (!isNative() || !narrowOnly(rows)) return rows;
  const wide = widened(rows);
  rows.dispose();
  return wide;
}

function gather(x: tf.Tensor2D, indices: tf.Tensor): tf.Tensor {
  if (!isNative()) return tf.gather(x, indices as tf.Tensor1D);
  const attributes = [
    intAttribute('batch_dims', 0),
    typeAttribute('Tindices', DT.int32),
    typeAttribute('Taxis', DT.int32),
  ];
  const narrow = narrowOnly(x);
  const [rows, dtype] = narrow ? [{ id: narrow.id, shape: x.shape }, narrow.dtype] : [x, DT.float32];
  return executeOne('GatherV2', [typeAttribute('Tparams', dtype), ...attributes], [rows, indices, int32Scalar(0)]);
}

/** Adds rows (..., D) up at their indices (...) in an array (count, D) of zeros: in float32, unless those are `distinct`. */
export function scatterRows(
  rows: tf.Tensor,
  indices: tf.Tensor,
  count: number,
  { distinct = false } = {},
): tf.Tensor2D {
  const width = rows.shape[rows.rank - 1] as number;
  if (!isNative()) {
    const flat = tf.reshape(rows, [-1, width]);
    return tf.scatterND(tf.reshape(indices, [-1, 1]), flat, [count, width]) as tf.Tensor2D;
  }
  const type = distinct && isLowOnly(rows) ? DT.bfloat16 : DT.float32;
  const attributes = [
    typeAttribute('T', type),
    typeAttribute('Tindices', DT.int32),
    typeAttribute('Tnumsegments', DT.int32),
  ];
  return executeOne('UnsortedSegmentSum', attributes, [rows, indices, int32Scalar(count)], type) as tf.Tensor2D;
}
