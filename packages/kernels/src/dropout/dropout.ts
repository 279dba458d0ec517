import { attr, isNative, rawTensor, tf } from '@moslora/runtime';
import { isDeviceCode } from '../native/addon-target';
import { hasKernel, kernelsInfo } from '../native/kernels-addon';

/** Elements dropped at random: which ones is a function of the seed alone. */
export interface Dropped {
  /** p in (0, 1) of each element. */
  probability: number;
  /** An integer of 32 bits. */
  seed: number;
}

/** Whether the fused products drop elements by themselves, with no mask in memory. The plain ops, and those of a GPU, are given one. */
export function dropsInside(): boolean {
  const { level } = kernelsInfo();
  return hasKernel('MosloraProjections') && level !== undefined && !isDeviceCode(level);
}

/**
 * (rows, width) with 0 for dropped elements and 1 / (1 - p) for the others, the same ones that fused products drop; where those do
 * not run, by TensorFlow's counter-based generator.
 */
export function dropoutMask(rows: number, width: number, dropped: Dropped): tf.Tensor2D {
  const { probability, seed } = dropped;
  if (!isNative() || dropsInside()) return tf.tensor2d(keptElements(rows, width, dropped), [rows, width]);
  return tf.tidy(() => {
    const types = [attr.type('dtype', 'float32'), attr.type('T', 'int32'), attr.type('Tseed', 'int32')];
    const inputs = [tf.tensor1d([rows, width], 'int32'), tf.tensor1d([seed | 0, 0], 'int32')];
    const uniform = rawTensor('StatelessRandomUniform', types, inputs) as tf.Tensor2D;
    return tf.mul(tf.cast(tf.greaterEqual(uniform, probability), 'float32'), 1 / (1 - probability));
  });
}

const GOLDEN = 0x9e3779b9;

function mixedBits(x: number): number {
  let y = x ^ (x >>> 16);
  y = Math.imul(y, 0x21f0aaad);
  y ^= y >>> 15;
  y = Math.imul(y, 0x735a2d97);
  return y ^ (y >>> 15);
}

/** What ../projections/native/dropout.h computes: element (row, column) is kept where a hash of (seed, row, column) is at least p 2³². */
function keptElements(rows: number, width: number, { probability, seed }: Dropped): Float32Array {
  const threshold = Math.round(Math.fround(probability) * 2 ** 32);
  const factor = Math.fround(1 / Math.fround(1 - Math.fround(probability)));
  const mask = new Float32Array(rows * width);
  for (let row = 0, at = 0; row < rows; row++) {
    const start = mixedBits((seed + Math.imul(row, GOLDEN)) | 0);
    for (let column = 0; column < width; column++, at++) {
      const bits = mixedBits((start + Math.imul(column, GOLDEN)) | 0) >>> 0;
      if (bits >= threshold) mask[at] = factor;
    }
  }
  return mask;
}
