import { attr, rawOne, tf, type Raw, type RawInput } from '@moslora/runtime';

/** Rows of `table` (rows, width) by index: int32 (n) -> (n, width). Unlike `tf.gather`, the indices stay on TensorFlow's side. */
export function gather(table: tf.Tensor, indices: RawInput): Raw {
  const types = [attr.type('Tparams', 'float32'), attr.type('Tindices', 'int32'), attr.type('Taxis', 'int32')];
  const axis = tf.scalar(0, 'int32');
  const rows = rawOne('GatherV2', [...types, attr.int('batch_dims', 0)], [table, indices, axis]);
  axis.dispose();
  return rows;
}

/** The first `count` of float32 values (n). */
export function firstOf(values: RawInput, count: number): Raw {
  const [start, size] = [tf.tensor1d([0], 'int32'), tf.tensor1d([count], 'int32')];
  const first = rawOne('Slice', [attr.type('T', 'float32'), attr.type('Index', 'int32')], [values, start, size]);
  tf.dispose([start, size]);
  return first;
}
