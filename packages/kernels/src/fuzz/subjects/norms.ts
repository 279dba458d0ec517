import { tf } from '@moslora/runtime';
import { currentCompute } from '../../execution/compute';
import { layerNorm } from '../../layer-norm/layer-norm';
import { layerNormReference } from '../../layer-norm/reference';
import { rmsNormReference } from '../../rms-norm/reference';
import { rmsNorm } from '../../rms-norm/rms-norm';
import { agreeWithGradients } from '../agree';
import type { Draw } from '../draw';
import type { FuzzSubject } from '../subject';

/** Gradients are differences of terms that can all but cancel. */
const options = { floor: 2 };

function drawn(draw: Draw) {
  const width = draw.size(600, 3);
  const rows = draw.chance(0.1) ? [2, 3, draw.size(20)] : [draw.sizeOrNone(200)];
  const x = draw.normal([...rows, width]);
  return {
    x: draw.chance(0.5) ? currentCompute().enter(x) : x,
    vectors: () => draw.normal<tf.Tensor1D>([width]),
    settings: { weightGradient: true, wide: draw.chance(0.3) },
  };
}

export const norms: FuzzSubject[] = [
  {
    name: 'rms-norm',
    check(draw) {
      const { x, vectors, settings } = drawn(draw);
      const weight = vectors();
      if (draw.chance(0.3)) {
        const frozen = { ...settings, weightGradient: false };
        const op = (x: tf.Tensor) => rmsNorm(x, weight, 1e-5, frozen);
        return agreeWithGradients(op, (x) => rmsNormReference(x, weight, 1e-5), [x], options);
      }
      agreeWithGradients(
        (x, w) => rmsNorm(x!, w as tf.Tensor1D, 1e-5, settings),
        (x, w) => rmsNormReference(x!, w as tf.Tensor1D, 1e-5),
        [x, weight],
        options,
      );
    },
  },
  {
    name: 'layer-norm',
    check(draw) {
      const { x, vectors, settings } = drawn(draw);
      agreeWithGradients(
        (x, w, b) => layerNorm(x!, w as tf.Tensor1D, b as tf.Tensor1D, 1e-2, settings),
        (x, w, b) => layerNormReference(x!, w as tf.Tensor1D, b as tf.Tensor1D, 1e-2),
        [x, vectors(), vectors()],
        options,
      );
    },
  },
];
