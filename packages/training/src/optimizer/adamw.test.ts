import { nativePaths, startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { AdamW } from './adamw';

/** AdamW in float64, one number at a time, as PyTorch documents it. */
function referenceAdamW(start: number, gradients: number[], rate: number, weightDecay: number): number {
  let [p, m, v] = [start, 0, 0];
  gradients.forEach((g, index) => {
    p *= 1 - rate * weightDecay;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const denominator = Math.sqrt(v) / Math.sqrt(1 - 0.999 ** (index + 1)) + 1e-8;
    p -= (rate / (1 - 0.9 ** (index + 1))) * (m / denominator);
  });
  return p;
}

const backends = nativePaths() ? (['wasm', 'native'] as const) : (['wasm'] as const);

describe.each(backends)('AdamW on %s', (backend) => {
  beforeAll(async () => {
    await startBackend({ backend });
  });

  it('follows the formula, with a learning rate and a decoupled decay per group', () => {
    const a = tf.variable(
      tf.tensor2d([
        [0.5, -1],
        [2, 0.1],
      ]),
    );
    const b = tf.variable(tf.tensor1d([3]));
    const parameters = [
      { name: 'a', value: a, group: 'adapter' as const },
      { name: 'b', value: b, group: 'projector' as const },
    ];
    const optimizer = new AdamW(parameters, { betas: [0.9, 0.999], epsilon: 1e-8 }, ({ group }) =>
      group === 'adapter' ? { learningRate: 0.01, weightDecay: 0.01 } : { learningRate: 0.1, weightDecay: 0.2 },
    );
    const gradients = [
      [0.3, -0.2, 0.5, 0],
      [0.1, 0.4, -0.5, 0],
      [0.2, 0.2, 0.2, 1e-6],
    ];
    gradients.forEach((values, step) => {
      const collected = optimizer.collect(
        new Map<string, tf.Tensor>([
          ['a', tf.tensor2d(values, [2, 2])],
          ['b', tf.tensor1d([values[0] as number])],
        ]),
      );
      optimizer.step(collected, step, 1, 1);
    });
    const column = (index: number) => gradients.map((values) => values[index] as number);
    [0.5, -1, 2, 0.1].forEach((start, index) =>
      expect(a.dataSync()[index]).toBeCloseTo(referenceAdamW(start, column(index), 0.01, 0.01), 5),
    );
    expect(b.dataSync()[0]).toBeCloseTo(referenceAdamW(3, column(0), 0.1, 0.2), 5);
  });

  it('lets a parameter learn at a multiple of its group, as LoRA+ wants of B', () => {
    const value = (): tf.Variable => tf.variable(tf.tensor1d([1, 2]));
    const [a, b] = [value(), value()];
    const parameters = [
      { name: 'a', value: a, group: 'adapter' as const },
      { name: 'b', value: b, group: 'adapter' as const, rateFactor: 16 },
    ];
    const optimizer = new AdamW(parameters, { betas: [0.9, 0.999], epsilon: 1e-8 }, () => ({
      learningRate: 0.01,
      weightDecay: 0,
    }));
    const gradient = (): tf.Tensor => tf.tensor1d([0.3, -0.2]);
    optimizer.step(optimizer.collect(new Map([...'ab'].map((name) => [name, gradient()]))), 0, 0.5, 1);
    [1, 2].forEach((start, i) => {
      const sign = i === 0 ? -1 : 1;
      expect(a.dataSync()[i]).toBeCloseTo(start + sign * 0.005, 5);
      expect(b.dataSync()[i]).toBeCloseTo(start + sign * 16 * 0.005, 5);
    });
  });

  it('gives its moments back per parameter and takes them again', () => {
    const value = tf.variable(tf.tensor1d([1, 2]));
    const make = () =>
      new AdamW([{ name: 'w', value, group: 'adapter' }], { betas: [0.5, 0.5], epsilon: 1e-8 }, () => ({
        learningRate: 0.1,
        weightDecay: 0,
      }));
    const first = make();
    first.step(first.collect(new Map([['w', tf.tensor1d([2, 4])]])), 0, 1, 1);
    expect([...(first.moments().first.get('w') ?? [])]).toEqual([1, 2]);
    expect([...(first.moments().second.get('w') ?? [])]).toEqual([2, 8]);
    const second = make();
    second.restore(first.moments());
    expect(second.moments()).toEqual(first.moments());
  });
});
