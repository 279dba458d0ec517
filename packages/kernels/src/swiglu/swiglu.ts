import { tf } from '@moslora/runtime';
import { customOp, isRecording, lastSize } from '../custom-op';
import { currentCompute } from '../execution/compute';
import { hasKernel } from '../native/kernels-addon';
import { fusedSwiglu } from './fused';
import { sigmoidSlope } from './sigmoid-slope';

/**
 * silu(gate) up with silu(z) = z σ(z) (Shazeer 2020), elementwise. With g = ∂L/∂y, s = σ(gate) and a = gate s: ∂up = g a and
 * ∂gate = g c with c = up (s + a (1 - s)). Our op saves gate and up alone; without it the forward pass makes a and c and saves them, so
 * that the backward pass is two products (where no gradient is recorded it does not make c).
 */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  if (hasKernel('MosloraSwiglu')) return fusedSwiglu([gate, up]);
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

/** {@link swiglu} of the halves of one array (..., 2 F) = [gate | up] -> (..., F), whose gradient comes back as one array too. */
export function jointSwiglu(joint: tf.Tensor): tf.Tensor {
  if (lastSize(joint) % 2 !== 0)
    throw new Error(`jointSwiglu: the last axis of (${joint.shape.join(', ')}) is not even`);
  if (hasKernel('MosloraSwiglu')) return fusedSwiglu([joint]);
  const [gate, up] = tf.split(joint, 2, joint.rank - 1) as [tf.Tensor, tf.Tensor];
  return swiglu(gate, up);
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
