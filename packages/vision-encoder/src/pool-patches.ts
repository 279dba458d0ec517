import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';

/** Rows left of a picture's N patches when squares of `pool` x `pool` become one: (√N / pool)². @throws UserError when it does not divide */
export function pooledCount(patches: number, pool: number): number {
  const grid = Math.sqrt(patches);
  if (grid % pool === 0) return (grid / pool) ** 2;
  const divisors = Array.from({ length: grid }, (_, index) => index + 1).filter((side) => grid % side === 0);
  return fail({
    what: 'The patches of a picture do not divide into squares of this side',
    where: 'features.pool',
    got: `${pool}, for ${grid} x ${grid} patches`,
    expected: `one of ${divisors.join(', ')}`,
  });
}

/**
 * Averages squares of `pool` x `pool` neighbouring patches, row by row as the patches come.
 * @param patches (B, N, D)
 * @returns (B, N / pool², D)
 */
export function poolPatches(patches: tf.Tensor3D, pool = 1): tf.Tensor3D {
  if (pool === 1) return patches;
  const [batch, count, width] = patches.shape;
  const pooled = pooledCount(count, pool);
  const grid = Math.sqrt(count);
  return tf.tidy(() => {
    const plane = tf.reshape(patches, [batch, grid, grid, width]) as tf.Tensor4D; // (B, √N, √N, D)
    const averaged = tf.avgPool(plane, pool, pool, 'valid'); // (B, √N / pool, √N / pool, D)
    return tf.reshape(averaged, [batch, pooled, width]) as tf.Tensor3D;
  });
}
