import { startBackend, tf } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { currentCompute } from '../execution/compute';
import { lowHandle, nativeBackend } from '../execution/storage';
import { normalTensor, relativeError } from '../gradient-check/agreement';
import { setMatMulPrecision } from '../precision/precision';
import { globalNorm } from './adamw';
import { adamwInPlace, updatesInPlace } from './in-place';
import { adamwReference } from './reference';

await startBackend();
const here = updatesInPlace() ? describe : describe.skip;
if (!updatesInPlace()) console.log('AdamW in place is not tested here: it needs the native ops');

const shapes = [[7, 5], [1], [40000], [3, 33], [16]];
const settings = { learningRate: 0.1, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1, step: 1 } as const;
const zeros = (shape: number[]) => ({ first: tf.variable(tf.zeros(shape)), second: tf.variable(tf.zeros(shape)) });

here('adamwInPlace', () => {
  it('equals the reference over five steps and tensors of several shapes', () => {
    const parameters = shapes.map((shape, i) => tf.variable(normalTensor(`p${i}`, shape)));
    const moments = shapes.map(zeros);
    let expected = shapes.map((shape, i) => ({
      p: normalTensor(`p${i}`, shape),
      m: tf.zeros(shape),
      v: tf.zeros(shape),
    }));
    for (let step = 1; step <= 5; step++) {
      const gradients = shapes.map((shape, i) => normalTensor(`g${step} ${i}`, shape));
      const gradientScale = step % 2 === 0 ? 0.5 : tf.scalar(0.5);
      adamwInPlace(parameters, gradients, moments, { ...settings, step, gradientScale });
      expected = expected.map(({ p, m, v }, i) =>
        adamwReference(p, tf.mul(gradients[i]!, 0.5), m, v, { ...settings, step }),
      );
    }
    expected.forEach(({ p, m, v }, i) => {
      expect(relativeError(parameters[i]!, p)).toBeLessThan(1e-5);
      expect(relativeError(moments[i]!.first, m)).toBeLessThan(1e-5);
      expect(relativeError(moments[i]!.second, v)).toBeLessThan(1e-5);
    });
  });

  it('changes no array, tensor or clone that the parameter shared its memory with', () => {
    const array = normalTensor('p', [64, 64]).dataSync<'float32'>().slice();
    const before = array.slice();
    const source = tf.tensor(array);
    const parameter = tf.variable(source);
    const moments = [zeros([4096])];
    const step = () => adamwInPlace([parameter], [normalTensor('g', [4096])], moments, settings);
    step();
    expect(array).toEqual(before);
    expect(source.dataSync()).toEqual(before);
    const [copy, once] = [tf.clone(parameter), parameter.dataSync().slice()];
    step();
    expect(copy.dataSync()).toEqual(once);
    expect(parameter.dataSync()).not.toEqual(once);
    const other = tf.reshape(normalTensor('q', [4096]), [64, 64]);
    const flat = tf.reshape(other, [4096]);
    const kept = flat.dataSync().slice();
    parameter.assign(flat);
    step();
    expect(other.dataSync()).toEqual(kept);
    expect(flat.dataSync()).toEqual(kept);
  });

  it('writes where the parameter lies from its second step on, and keeps no tensor', () => {
    const parameter = tf.variable(normalTensor('p', [300]));
    const gradient = normalTensor('g', [300]);
    const moments = [zeros([300])];
    adamwInPlace([parameter], [gradient], moments, settings);
    const { dataId } = parameter;
    const count = () => (nativeBackend().binding as unknown as { getNumOfTensors(): number }).getNumOfTensors();
    const [tensors, handles] = [tf.memory().numTensors, count()];
    for (let step = 2; step < 50; step++) adamwInPlace([parameter], [gradient], moments, { ...settings, step });
    expect(parameter.dataId).toBe(dataId);
    expect([tf.memory().numTensors, count()]).toEqual([tensors, handles]);
  });

  it('drops the bfloat16 form of the old values', () => {
    setMatMulPrecision('bfloat16');
    const parameter = tf.variable(tf.ones<tf.Rank.R2>([2, 2]));
    const product = () => currentCompute().matMul(parameter, tf.eye(2)).dataSync()[0] as number;
    const moments = [zeros([2, 2])];
    adamwInPlace([parameter], [tf.ones([2, 2])], moments, { ...settings, weightDecay: 0 });
    lowHandle(parameter);
    expect(product()).toBeCloseTo(0.9, 2);
    adamwInPlace([parameter], [tf.ones([2, 2])], moments, { ...settings, weightDecay: 0, step: 2 });
    expect(product()).toBeCloseTo(0.8, 2);
    setMatMulPrecision('float32');
  });

  it('refuses other shapes and shared memory, naming the op', () => {
    const parameter = tf.variable(tf.ones([2, 3]));
    const moments = zeros([2, 3]);
    expect(() => adamwInPlace([parameter], [tf.ones([3, 2])], [moments], settings)).toThrow(
      /MosloraAdamW: a gradient or moment is float32 \(3, 2\), expected the shape of float32 \(2, 3\)/,
    );
    const same = { first: moments.first, second: moments.first };
    expect(() => adamwInPlace([parameter], [tf.ones([2, 3])], [same], settings)).toThrow(
      /MosloraAdamW: a parameter or moment shares its memory with another one/,
    );
  });
});

here('globalNorm', () => {
  it('adds up in float64, and shows values that are not finite', () => {
    const many = tf.fill([300_001], 0.1);
    expect(globalNorm([many, tf.zeros([0]), tf.scalar(3)]).dataSync()[0]).toBeCloseTo(Math.sqrt(3000.01 + 9), 4);
    expect(globalNorm([tf.fill([4], 1e25)]).dataSync()[0]! / 2e25).toBeCloseTo(1, 6);
    expect(globalNorm([tf.tensor1d([1, NaN])]).dataSync()[0]).toBeNaN();
    expect(globalNorm([tf.tensor1d([1, -Infinity])]).dataSync()[0]).toBe(Infinity);
  });
});
