import { checkpointed, dropoutMask } from '@moslora/kernels';
import { DenseLinear } from '@moslora/nn';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { expectNoLeak, finiteDifferenceCheck, maxAbsDiff } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { AdapterFactors } from './adapter-factors';
import { AdapterLinear } from './adapter-linear';
import { Dropout } from './dropout';

beforeAll(async () => {
  await startBackend();
});

const rng = new Rng(21, 'adapter linear');
const [width, out, rank] = [10, 7, 3];
const values = (mixed: boolean) => ({
  a: rng.normalArray(rank * width, 0, 0.5),
  b: rng.normalArray(out * rank, 0, 0.5),
  ...(mixed && { mixer: { values: rng.normalArray(rank * rank), trainable: true } }),
});

function layer({ mixed = true, learningBase = false, dropout = 0 } = {}): AdapterLinear {
  const weight = tf.tensor2d(rng.normalArray(out * width), [out, width]);
  const base = new DenseLinear({ name: 'fc', weight, bias: rng.normalArray(out), trainable: learningBase });
  const factors = new AdapterFactors('fc', base, values(mixed), 1.5);
  return AdapterLinear.fromBase(base, factors, new Dropout(dropout, 'seed'));
}

describe('AdapterLinear', () => {
  it.each([
    [true, false],
    [false, false],
    [true, true],
    [false, true],
  ])('has the gradients of A, M, B and x; mixed %s, learning base %s', async (mixed, learningBase) => {
    const linear = layer({ mixed, learningBase });
    const x = tf.tensor3d(rng.normalArray(2 * 2 * width), [2, 2, width]);
    finiteDifferenceCheck((input) => linear.apply(input), [x]);
    const variables = linear.factors.all().map(({ value }) => value);
    expect(variables).toHaveLength(mixed ? 3 : 2);
    const loss = (): tf.Scalar => tf.sum(tf.square(linear.apply(x)));
    const gradients = tf.variableGrads(loss, variables).grads;
    for (const variable of variables) {
      const start = Float32Array.from(variable.dataSync());
      const lossAt = (element: number, by: number): number => {
        const moved = start.map((value, i) => (i === element ? value + by : value));
        variable.assign(tf.tensor(moved, variable.shape));
        return loss().dataSync()[0]!;
      };
      const gradient = gradients[variable.name]!.dataSync();
      for (const element of [0, 1, variable.size - 1]) {
        const difference = (lossAt(element, 1e-2) - lossAt(element, -1e-2)) / 2e-2;
        expect(Math.abs(gradient[element]! - difference) / Math.max(1, Math.abs(difference))).toBeLessThan(1e-2);
      }
      variable.assign(tf.tensor(start, variable.shape));
    }
    await expectNoLeak(() => {
      const { value, grads } = tf.variableGrads(loss, variables);
      tf.dispose([value, ...Object.values(grads)]);
    });
  });

  it('beside a learning base computes what it does beside a frozen one', () => {
    const frozen = layer();
    const weight = frozen.base.frozen!.weight();
    const base = new DenseLinear({
      name: 'fc',
      weight,
      bias: tf.clone(frozen.base.frozen!.bias!) as tf.Tensor1D,
      trainable: true,
    });
    const learning = AdapterLinear.fromBase(base, frozen.factors, new Dropout(0, 'seed'));
    const x = tf.tensor2d(rng.normalArray(5 * width), [5, width]);
    expect(maxAbsDiff(learning.apply(x), frozen.apply(x))).toBeLessThan(1e-5);
    expect(learning.parameters().map(({ name }) => name)).toEqual([
      'fc.weight',
      'fc.bias',
      'base_model.model.fc.lora_A.weight',
      'base_model.model.fc.lora_AB.weight',
      'base_model.model.fc.lora_B.weight',
    ]);
  });
});

describe('dropout', () => {
  const x = () => tf.ones([64, width]);
  const gradientOfX = (linear: AdapterLinear, input: tf.Tensor) =>
    tf
      .grad((t) => tf.sum(linear.apply(t)))(input)
      .dataSync();

  it('drops nothing where no gradient is computed', () => {
    const linear = layer({ dropout: 0.5 });
    const same = AdapterLinear.fromBase(linear.base, linear.factors, new Dropout(0, 'seed'));
    expect(maxAbsDiff(linear.apply(x()), same.apply(x()))).toBe(0);
  });

  it('asks for the step when it is to drop', () => {
    expect(() => gradientOfX(layer({ dropout: 0.5 }), x())).toThrow('call beginStep() of the adapter set');
  });

  it('drops the given share, other elements in each step, and the same ones when computed again', () => {
    const dropout = new Dropout(0.25, 'seed');
    const plain = layer();
    const linear = AdapterLinear.fromBase(plain.base, plain.factors, dropout);
    const mask = (step: number, microStep: number, module = 'fc'): Float32Array => {
      dropout.begin({ step, microStep });
      let drawn: Float32Array = new Float32Array();
      tf.grad((t) => {
        drawn = dropoutMask(200, 50, dropout.draw(module)!).dataSync<'float32'>();
        return tf.sum(t);
      })(tf.scalar(1));
      return drawn;
    };
    const first = mask(0, 0);
    expect(new Set(first)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(first.filter((value) => value === 0).length / first.length).toBeCloseTo(0.25, 1);
    expect(mask(0, 0)).toEqual(first);
    for (const other of [mask(1, 0), mask(0, 1), mask(0, 0, 'other')]) expect(other).not.toEqual(first);

    dropout.begin({ step: 3, microStep: 0 });
    const direct = gradientOfX(linear, x());
    const variables = linear.factors.all().map(({ value }) => value);
    const again = tf
      .grad((t) => tf.sum(checkpointed((input) => linear.apply(input), [t], variables)))(x())
      .dataSync();
    expect([...again]).toEqual([...direct]);
    dropout.begin({ step: 4, microStep: 0 });
    expect([...gradientOfX(linear, x())]).not.toEqual([...direct]);
  });
});
