import { isNative, startBackend, tf } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { normalTensor, relativeError } from '../gradient-check/agreement';
import { setMatMulPrecision } from '../precision/precision';
import { currentCompute } from './compute';
import { isLowOnly, nativeBackend } from './storage';

await startBackend();
const here = isNative() ? describe : describe.skip;
if (!isNative()) console.log('tensors held in bfloat16 are not tested here: they need the native backend');

function lowCompute() {
  setMatMulPrecision('bfloat16');
  const compute = currentCompute();
  setMatMulPrecision('float32');
  return compute;
}

here('a tensor held in bfloat16', () => {
  const x = () => normalTensor<tf.Tensor2D>('x', [3, 4]);

  it('is a float32 tensor to tfjs: it can be read, added and reshaped', () => {
    const low = lowCompute().enter(x());
    expect(isLowOnly(low)).toBe(true);
    expect(low.dtype).toBe('float32');
    expect(relativeError(tf.add(low, 0), x())).toBeLessThan(2 ** -8);
    const other = lowCompute().enter(x());
    const rounded = Float32Array.from(other.dataSync());
    expect(
      [...rounded].every(
        (value) => value === Math.fround(value) && (new Uint32Array(Float32Array.of(value).buffer)[0]! & 0xffff) === 0,
      ),
    ).toBe(true);
  });

  it('stays in bfloat16 through reshape and transpose', () => {
    const low = lowCompute().enter(x());
    const turned = tf.transpose(tf.reshape(low, [2, 6]));
    expect(isLowOnly(turned)).toBe(true);
    expect(relativeError(turned, tf.transpose(tf.reshape(low, [2, 6])))).toBe(0);
    expect(relativeError(turned, tf.transpose(tf.reshape(x(), [2, 6])))).toBeLessThan(2 ** -8);
  });

  it('frees both its handles', () => {
    const compute = lowCompute();
    const count = () => (nativeBackend().binding as unknown as { getNumOfTensors(): number }).getNumOfTensors();
    const run = () =>
      tf.tidy(() => {
        const [a, b] = [normalTensor('a', [5, 4]), normalTensor('b', [4, 6])];
        tf.add(compute.matMul(a, b), 1).dataSync();
        tf.transpose(compute.enter(a));
      });
    run();
    const before = count();
    run();
    expect(count()).toBe(before);
  });

  it('rounds a variable anew after it was assigned to', () => {
    const compute = lowCompute();
    const variable = tf.variable(tf.eye(2));
    const one = tf.eye(2);
    expect(compute.matMul(variable, one).dataSync()[0]).toBe(1);
    variable.assign(tf.mul(one, 3));
    expect(compute.matMul(variable, one).dataSync()[0]).toBe(3);
    variable.dispose();
  });
});
