import { tf } from '@moslora/runtime';
import { customOp, isRecording } from '../custom-op';
import { currentCompute } from '../execution/compute';
import { sigmoidSlope } from './sigmoid-slope';

/**
 * silu(gate) up with silu(z) = z σ(z) (Shazeer 2020), elementwise. With g = ∂L/∂y, s = σ(gate) and a = gate s: ∂up = g a and
 * ∂gate = g c with c = up (s + a (1 - s)). The forward pass makes a and c and saves them, so that the backward pass is two products;
 * where no gradient is recorded it does not make c.
 */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return customOp([gate, up], (save) => {
    const compute = currentCompute();
    const z = compute.enter(gate); // of its own, so that its float32 values are freed here
    const s = tf.sigmoid(z);
    const a = compute.enter(tf.mul(z, s));
    if (isRecording()) save([a, compute.mul(up, tf.add(s, sigmoidSlope(s, z)))]);
    return {
      value: compute.mul(a, up),
      gradient: (dy, [a, c]) => [compute.mul(dy, c as tf.Tensor), compute.mul(dy, a as tf.Tensor)],
    };
  });
}

/** silu(z) = z σ(z), elementwise. */
export function silu(z: tf.Tensor): tf.Tensor {
  return customOp([z], (save) => {
    save([z]);
    return {
      value: tf.mul(z, tf.sigmoid(z)),
      gradient: (dy, saved) => {
        const x = saved[0] as tf.Tensor;
        const s = tf.sigmoid(x);
        return [tf.mul(dy, tf.add(s, sigmoidSlope(s, x)))];
      },
    };
  });
}
