import { isNative, startBackend, tf } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attention } from '../attention/attention';
import { attentionMask } from '../attention/attention-mask';
import { attentionReference } from '../attention/reference';
import { checkpointed } from '../checkpointed/checkpointed';
import { FrozenMatrix } from '../frozen-matrix/frozen-matrix';
import { disagreement, normalTensor, relativeError } from '../gradient-check/agreement';
import { frozenLinear, trainableLinear } from '../linear/linear';
import { linearReference } from '../linear/reference';
import { loraLinear } from '../lora-linear/lora-linear';
import { loraLinearReference } from '../lora-linear/reference';
import { matMul } from '../mat-mul/mat-mul';
import { ropeReference } from '../rope/reference';
import { rope } from '../rope/rope';
import { swigluReference } from '../swiglu/reference';
import { swiglu } from '../swiglu/swiglu';
import { setMatMulPrecision } from './precision';

await startBackend();
const here = isNative() ? describe : describe.skip;
if (!isNative()) console.log('bfloat16 products are not tested here: they need the native backend');

// bfloat16 has 8 significant bits: a rounding is at most 2^-9 = 0.002 of a value, and a few of them follow one another.
const TOLERANCE = 0.02;

here('in bfloat16', () => {
  beforeAll(() => setMatMulPrecision('bfloat16'));
  afterAll(() => setMatMulPrecision('float32'));
  const weight = () => normalTensor<tf.Tensor2D>('w', [33, 65]);
  const rows = () => normalTensor('x', [2, 9, 65]);

  it('matMul and trainableLinear stay near float32', () => {
    const product = (a: tf.Tensor, b: tf.Tensor) => matMul(a as tf.Tensor2D, b as tf.Tensor2D, { transposeB: true });
    const plain = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, false, true);
    expect(disagreement(product, plain, [normalTensor('a', [17, 65]), weight()])).toBeLessThan(TOLERANCE);
    const linear = (x: tf.Tensor, w: tf.Tensor) => trainableLinear(x, w as tf.Tensor2D);
    expect(disagreement(linear, (x, w) => linearReference(x, w as tf.Tensor2D), [rows(), weight()])).toBeLessThan(
      TOLERANCE,
    );
  });

  it('frozenLinear and loraLinear stay near float32 and round their weight once', () => {
    const frozen = new FrozenMatrix(weight());
    expect(
      disagreement(
        (x) => frozenLinear(x, frozen),
        (x) => linearReference(x, weight()),
        [rows()],
      ),
    ).toBeLessThan(TOLERANCE);
    const factors = (t: tf.Tensor[]) => {
      const [a, b, mixer] = t as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      return { a, b, mixer, scale: 0.5 };
    };
    const inputs = [rows(), normalTensor('A', [8, 65]), normalTensor('B', [33, 8]), normalTensor('M', [8, 8])];
    const op = (x: tf.Tensor, ...t: tf.Tensor[]) => loraLinear(x, frozen, factors(t));
    const reference = (x: tf.Tensor, ...t: tf.Tensor[]) => loraLinearReference(x, weight(), factors(t));
    expect(disagreement(op, reference, inputs)).toBeLessThan(TOLERANCE);
    expect(relativeError(frozen.toTensor(), weight())).toBeGreaterThan(0);
    frozen.dispose();
  });

  it('a FrozenMatrix that keeps float32 gives its exact values back', () => {
    const frozen = new FrozenMatrix(weight(), true);
    frozenLinear(rows(), frozen);
    expect(relativeError(frozen.toTensor(), weight())).toBe(0);
    frozen.dispose();
  });

  it('attention, rope and swiglu stay near float32', () => {
    const heads = [
      normalTensor('q', [2, 4, 19, 16]),
      normalTensor('k', [2, 2, 19, 16]),
      normalTensor('v', [2, 2, 19, 16]),
    ];
    const mask = attentionMask({ queries: 19, lengths: [19, 7] });
    const as4 = (t: tf.Tensor[]) => t as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const op = (...t: tf.Tensor[]) => attention(...as4(t), { mask });
    expect(disagreement(op, (...t) => attentionReference(...as4(t), 0.25, mask), heads)).toBeLessThan(TOLERANCE);
    const angles = normalTensor('angles', [19, 8]);
    const [cos, sin] = [tf.cos, tf.sin].map((f) => tf.concat([f(angles), f(angles)], -1)) as [tf.Tensor, tf.Tensor];
    const turn = (x: tf.Tensor) => rope(x as tf.Tensor4D, cos, sin);
    expect(disagreement(turn, (x) => ropeReference(x, cos, sin), [normalTensor('q', [2, 4, 19, 16])])).toBeLessThan(
      TOLERANCE,
    );
    expect(
      disagreement(swiglu, swigluReference, [normalTensor('gate', [7, 33]), normalTensor('up', [7, 33])]),
    ).toBeLessThan(TOLERANCE);
  });

  it('checkpointed gives the same gradients to the last bit', () => {
    const frozen = new FrozenMatrix(normalTensor<tf.Tensor2D>('w', [65, 65]));
    // Factors of their own for each use: where one is used twice, the order in which its gradients are added decides the last bit.
    const uses = Array.from({ length: 4 }, (_, i) => ({
      a: tf.variable(normalTensor(`A${i}`, [8, 65])) as unknown as tf.Tensor2D,
      b: tf.variable(normalTensor(`B${i}`, [65, 8])) as unknown as tf.Tensor2D,
      scale: 0.5,
    }));
    const block = (layer: number) => (x: tf.Tensor) => {
      const [gate, up] = uses.slice(2 * layer).map((factors) => loraLinear(x, frozen, factors));
      return tf.add(x, swiglu(gate!, up!));
    };
    const variables = (of: typeof uses) => of.flatMap(({ a, b }) => [a, b] as unknown as tf.Variable[]);
    const gradients = (layer: (index: number, x: tf.Tensor) => tf.Tensor) => {
      const x = rows();
      const loss = () => tf.sum(layer(1, layer(0, x))) as tf.Scalar;
      const { value, grads } = tf.engine().gradients(loss, [x, ...variables(uses)]);
      return [value, ...grads].map((tensor) => [...tensor.dataSync()]);
    };
    const kept = (index: number, x: tf.Tensor) =>
      checkpointed(block(index), [x], variables(uses.slice(2 * index, 2 * index + 2)));
    expect(gradients(kept)).toEqual(gradients((index, x) => block(index)(x)));
    frozen.dispose();
    tf.dispose(variables(uses));
  });
});

describe('setMatMulPrecision', () => {
  it('refuses bfloat16 without the native backend, and says what to do', () => {
    if (isNative()) return expect(() => setMatMulPrecision('float32')).not.toThrow();
    expect(() => setMatMulPrecision('bfloat16')).toThrow(
      /bfloat16 matrix products need the native backend[^]*precision: auto/,
    );
  });
});
