import * as tf from '@tensorflow/tfjs-core';

/**
 * The float values of a tensor that `make` computes, all else that it made disposed. A tidy that gives the array itself would look for
 * tensors among its elements, one by one.
 */
export function hostValues(make: () => tf.Tensor): Float32Array {
  const tensor = tf.tidy(make);
  try {
    return tensor.dataSync<'float32'>().slice();
  } finally {
    tensor.dispose();
  }
}
