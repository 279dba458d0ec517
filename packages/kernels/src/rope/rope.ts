import { tf } from '@moslora/runtime';
import { customOp } from '../custom-op';
import { currentCompute, type Compute } from '../execution/compute';

/**
 * Rotary positions in Hugging Face's LLaMA layout (Su et al. 2021; the halves of a head rotate against each other):
 * y = x cos + [-x₂, x₁] sin. x (B, H, T, K); cos and sin (T, K), or (B, 1, T, K) where samples differ in their positions, each
 * table holding its K / 2 columns twice. Linear in x, and its gradient is the rotation back: nothing of x is saved.
 */
export function rope(x: tf.Tensor4D, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor4D {
  return customOp([x], (save) => {
    const compute = currentCompute();
    const rotate = compute.precision === 'float32' ? rotateHalves : rotateByProduct;
    save([cos, sin]);
    return {
      value: rotate(x, cos, sin, 1, compute),
      gradient: (dy, [c, s]) => [rotate(dy, c as tf.Tensor, s as tf.Tensor, -1, compute)],
    };
  });
}

type Direction = 1 | -1;

function rotateHalves(x: tf.Tensor4D, cos: tf.Tensor, sin: tf.Tensor, direction: Direction): tf.Tensor4D {
  const half = x.shape[3] / 2;
  const [c, s] = [cos, sin].map((table) => tf.slice(table, 0, [...table.shape.slice(0, -1), half])) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const [first, second] = tf.split(x, 2, 3) as [tf.Tensor, tf.Tensor]; // (B, H, T, K / 2)
  const [fs, ss] = [tf.mul(first, s), tf.mul(second, s)];
  const [fc, sc] = [tf.mul(first, c), tf.mul(second, c)];
  const halves = direction === 1 ? [tf.sub(fc, ss), tf.add(sc, fs)] : [tf.add(fc, ss), tf.sub(sc, fs)];
  return tf.concat(halves, 3) as tf.Tensor4D;
}

/** x cos + (x P) sin with P the signed permutation (K, K) that swaps the halves: exact in bfloat16, and no slicing. */
function rotateByProduct(
  x: tf.Tensor4D,
  cos: tf.Tensor,
  sin: tf.Tensor,
  direction: Direction,
  compute: Compute,
): tf.Tensor4D {
  const width = x.shape[3];
  const swapped = compute.matMul(compute.reshape(x, [-1, width]), halfSwap(width), false, direction === -1);
  const turned = compute.mul(compute.reshape(swapped, x.shape), sin); // (B, H, T, K)
  return compute.add(compute.mul(x, cos), turned) as tf.Tensor4D;
}

const swaps = new Map<number, tf.Tensor2D>();

/** P with x P = [-x₂, x₁], made once per width. */
function halfSwap(width: number): tf.Tensor2D {
  const found = swaps.get(width);
  if (found !== undefined && !found.isDisposed) return found;
  const values = new Float32Array(width * width);
  for (let i = 0; i < width; i++) values[((i + width / 2) % width) * width + i] = i < width / 2 ? -1 : 1;
  const made = tf.keep(tf.tensor2d(values, [width, width]));
  swaps.set(width, made);
  return made;
}
