import { nativePaths, startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Parameter } from '@moslora/nn';
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
    gradients.forEach((values) => {
      const found = new Map<string, tf.Tensor>([
        ['a', tf.tensor2d(values, [2, 2])],
        ['b', tf.tensor1d([values[0] as number])],
      ]);
      optimizer.step(found, 1, 1);
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
    optimizer.step(new Map([...'ab'].map((name) => [name, gradient()])), 0.5, 1);
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
    first.step(new Map([['w', tf.tensor1d([2, 4])]]), 1, 1);
    expect([...(first.moments().first.get('w') ?? [])]).toEqual([1, 2]);
    expect([...(first.moments().second.get('w') ?? [])]).toEqual([2, 8]);
    expect(first.moments().updates).toEqual(new Map([['w', 1]]));
    const second = make();
    second.restore(first.moments());
    expect(second.moments()).toEqual(first.moments());
  });

  describe('with parameters that have no gradient in some steps', () => {
    const [rate, decay] = [0.01, 0.5];
    /** Of a and b by step; b has none in the second. */
    const steps: [number, number | undefined][] = [
      [0.3, -0.2],
      [0.1, undefined],
      [-0.5, 0.4],
    ];
    const start = { a: 2, b: 3, never: 4 };
    const make = (): { parameters: Parameter[]; optimizer: AdamW } => {
      const parameters = Object.entries(start).map(([name, value]) => ({
        ...{ name, value: tf.variable(tf.tensor1d([value])), group: 'tower' as const },
      }));
      const settings = { betas: [0.9, 0.999] as [number, number], epsilon: 1e-8 };
      return {
        parameters,
        optimizer: new AdamW(parameters, settings, () => ({ learningRate: rate, weightDecay: decay })),
      };
    };
    const gradients = ([a, b]: (typeof steps)[number]) =>
      new Map<string, tf.Tensor>([
        ['a', tf.tensor1d([a])],
        ...(b === undefined ? [] : [['b', tf.tensor1d([b])] as const]),
      ]);
    const values = (parameters: readonly Parameter[]) => parameters.map(({ value }) => value.dataSync()[0]!);

    it('leaves them alone in those as torch does: no decay, the moments as they were, t counting own updates', () => {
      const { parameters, optimizer } = make();
      optimizer.step(gradients(steps[0]!), 1, 1);
      // t = 1: p (1 - 0.01 * 0.5) less the rate in the direction of the gradient.
      expect(values(parameters)[1]).toBeCloseTo(3 * 0.995 + 0.01, 6);
      const before = [values(parameters)[1], optimizer.moments().first.get('b')![0]];
      optimizer.step(gradients(steps[1]!), 1, 1);
      expect([values(parameters)[1], optimizer.moments().first.get('b')![0]]).toEqual(before);
      optimizer.step(gradients(steps[2]!), 1, 1);
      const [a, b, never] = values(parameters);
      expect(a).toBeCloseTo(referenceAdamW(2, [0.3, 0.1, -0.5], rate, decay), 5);
      // By hand at t = 2: m = 0.9 * -0.02 + 0.04 = 0.022, v = 0.999 * 4e-5 + 1.6e-4 = 1.9996e-4.
      const [m, v] = [0.022 / (1 - 0.81), 1.9996e-4 / (1 - 0.998001)];
      expect(b).toBeCloseTo((3 * 0.995 + 0.01) * 0.995 - (rate * m) / (Math.sqrt(v) + 1e-8), 5);
      expect(never).toBe(4);
      expect(optimizer.moments().updates).toEqual(new Map(Object.entries({ a: 3, b: 2, never: 0 })));
      optimizer.dispose();
    });

    it('goes on from moments with their counts as if it had never stopped', () => {
      const whole = make();
      for (const step of steps) whole.optimizer.step(gradients(step), 1, 1);
      const begun = make();
      for (const step of steps.slice(0, 2)) begun.optimizer.step(gradients(step), 1, 1);
      const resumed = make();
      resumed.parameters.forEach(({ value }, i) => value.assign(begun.parameters[i]!.value));
      resumed.optimizer.restore(begun.optimizer.moments());
      resumed.optimizer.step(gradients(steps[2]!), 1, 1);
      expect(values(resumed.parameters)).toEqual(values(whole.parameters));
      const sorted = ({ optimizer }: ReturnType<typeof make>) =>
        Object.values(optimizer.moments()).map((map) => [...map].sort(([x], [y]) => x.localeCompare(y)));
      expect(sorted(resumed)).toEqual(sorted(whole));
    });
  });
});
