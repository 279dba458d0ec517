import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { normalTensor } from '../gradient-check/agreement';
import { trainableLinear } from '../linear/linear';
import { gelu } from '../gelu/gelu';
import { checkpointed } from './checkpointed';

beforeAll(() => startBackend());

const LAYERS = 4;

function model() {
  const weights = Array.from({ length: LAYERS }, (_, i) =>
    tf.variable(normalTensor<tf.Tensor2D>(`w${i}`, [16, 16], 0.3)),
  );
  const x = normalTensor('x', [6, 16]);
  let peak = 0;
  const layer = (w: tf.Variable) => (h: tf.Tensor) => {
    const y = tf.add(h, gelu(gelu(gelu(trainableLinear(h, w as unknown as tf.Tensor2D)))));
    peak = Math.max(peak, tf.memory().numTensors);
    return y;
  };
  const run = (checkpointing: boolean) => {
    peak = 0;
    const loss = () => {
      const h = weights.reduce<tf.Tensor>(
        (t, w) => (checkpointing ? checkpointed(layer(w), [t], [w]) : layer(w)(t)),
        x,
      );
      return tf.sum(tf.square(h)) as tf.Scalar;
    };
    const { value, grads } = tf.engine().gradients(loss, [x, ...weights]);
    const values = [value, ...grads].map((tensor) => [...tensor.dataSync()]);
    tf.dispose([value, ...grads]);
    return { values, peak };
  };
  return { run, dispose: () => tf.dispose([x, ...weights]) };
}

describe('checkpointed', () => {
  it('gives the same gradients to the last bit, holds fewer tensors and leaks none', () => {
    const { run, dispose } = model();
    const plain = run(false);
    const before = tf.memory().numTensors;
    const recomputed = run(true);
    expect(tf.memory().numTensors).toBe(before);
    expect(recomputed.values).toEqual(plain.values);
    expect(recomputed.peak).toBeLessThan(plain.peak);
    dispose();
  });

  it('gives zero to a parameter that the value does not depend on', () => {
    const unused = tf.variable(tf.ones([2]));
    const { value, grads } = tf.variableGrads(
      () => tf.sum(checkpointed((x) => tf.square(x), [tf.ones([3])], [unused])) as tf.Scalar,
      [unused],
    );
    expect([...(grads[unused.name] as tf.Tensor).dataSync()]).toEqual([0, 0]);
    tf.dispose([value, grads]);
    unused.dispose();
  });
});
