import { tf } from '@moslora/runtime';

const tables = new Map<string, tf.Tensor2D>();

/**
 * The four values that two packed bytes stand for, for each of the 65,536 pairs read as a little-endian uint16: (65536, 4).
 * Made once per code (1 MB) and kept: all layers of a model share it.
 */
export function quadTable(code: Float32Array): tf.Tensor2D {
  const key = code.join();
  const found = tables.get(key);
  if (found !== undefined && !found.isDisposed) return found;
  const values = new Float32Array(65536 * 4);
  for (let pair = 0; pair < 65536; pair++) {
    // The first byte is the lower one; within a byte the even element is the higher half.
    values[4 * pair] = code[(pair >> 4) & 15]!;
    values[4 * pair + 1] = code[pair & 15]!;
    values[4 * pair + 2] = code[pair >> 12]!;
    values[4 * pair + 3] = code[(pair >> 8) & 15]!;
  }
  const table = tf.keep(tf.tensor2d(values, [65536, 4]));
  tables.set(key, table);
  return table;
}

const codes = new Map<string, tf.Tensor1D>();

/** The values of a code (16), or of absmax codes (256), made once and kept: all weights of a model share them. */
export function codeTensor(code: Float32Array): tf.Tensor1D {
  const key = code.join();
  const found = codes.get(key);
  if (found !== undefined && !found.isDisposed) return found;
  const made = tf.keep(tf.tensor1d(code));
  codes.set(key, made);
  return made;
}
