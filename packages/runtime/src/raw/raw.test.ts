import { beforeAll, describe, expect, it } from 'vitest';
import {
  attr,
  bitcast,
  cast,
  liveRawCount,
  nativePaths,
  raw,
  rawOne,
  rawScope,
  rawTensor,
  Rng,
  startBackend,
  tf,
  toBf16,
  uploadBytes,
  readBytes,
  readFloats,
} from '../index';

const there = nativePaths() !== undefined;
if (!there) process.stderr.write('skipped: raw ops need the native library (npx nx run runtime:provision)\n');

describe.skipIf(!there)('raw ops', () => {
  beforeAll(() => startBackend({ backend: 'native' }));

  it('rounds float32 to bf16 to nearest even, and widens it back', () => {
    const values = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -2.5, 65_504, 0);
    const expected = Float32Array.of(1, 1, 1 + 2 ** -6, -2.5, 65_536, 0);
    const x = tf.tensor1d(values);
    expect(rawScope(() => readFloats(toBf16(x)))).toEqual(expected);
    x.dispose();
  });

  it('multiplies matrices in bf16 through Cast, MatMul, Cast', () => {
    const rng = new Rng('bf16 product');
    const [m, k, n] = [7, 33, 5];
    const a = tf.tensor2d(rng.normalArray(m * k), [m, k]);
    const b = tf.tensor2d(rng.normalArray(k * n), [k, n]);
    const attributes = [attr.bool('transpose_a', false), attr.bool('transpose_b', false), attr.type('T', 'bfloat16')];
    const product = rawScope(() => cast(rawOne('MatMul', attributes, [toBf16(a), toBf16(b)]), 'float32')).toTensor();
    const rounded = rawScope(() => [toBf16(a), toBf16(b)].map((x) => cast(x, 'float32'))).map((x) => x.toTensor());
    const exact = tf.matMul(rounded[0] as tf.Tensor2D, rounded[1] as tf.Tensor2D);
    const [got, want] = [product.dataSync(), exact.dataSync()];
    expect(product.shape).toEqual([m, n]);
    for (let at = 0; at < want.length; at++) {
      // The factors are the same: only the product itself is rounded to 8 bits.
      expect(Math.abs(got[at]! - want[at]!)).toBeLessThanOrEqual(Math.abs(want[at]!) * 2 ** -8 + 1e-5);
    }
    tf.dispose([a, b, product, exact, ...rounded]);
  });

  it('takes bytes up, reads them as bf16 and half, and gives the same bytes back', () => {
    const bytes = Uint8Array.of(0x80, 0x3f, 0x00, 0x40, 0x20, 0xc1);
    rawScope(() => {
      const up = uploadBytes(bytes, [6]);
      expect(up.dtype).toBe('uint8');
      const bf16 = bitcast(up, 'bfloat16', [3, 1]);
      expect([bf16.dtype, bf16.shape, bf16.byteLength]).toEqual(['bfloat16', [3, 1], 6]);
      expect(readFloats(bf16)).toEqual(Float32Array.of(1, 2, -10));
      expect(readBytes(bf16)).toEqual(bytes);
      const half = bitcast(uploadBytes(Uint8Array.of(0x00, 0x3c, 0x00, 0xc0), [2, 2]), 'float16', [2]);
      expect(readFloats(half)).toEqual(Float32Array.of(1, -2));
      expect(readFloats(bitcast(half, 'uint8', [4]))).toEqual(Float32Array.of(0, 0x3c, 0, 0xc0));
    });
  });

  it('gives several outputs, and makes tracked tensors of those that tfjs knows', () => {
    const x = tf.tensor2d([3, 1, 2, 9, 7, 8], [2, 3]);
    const [values, places] = raw(
      'TopKV2',
      [attr.bool('sorted', true), attr.type('T', 'float32')],
      [x, tf.scalar(2, 'int32')],
      2,
    );
    const before = tf.memory().numTensors;
    const tensors = [values!.toTensor(), places!.toTensor()];
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(tensors.map((tensor) => Array.from(tensor.dataSync()))).toEqual([
      [3, 2, 9, 8],
      [0, 2, 0, 2],
    ]);
    expect(values!.isDisposed).toBe(true);
    const doubled = tf.tidy(() => rawTensor('AddV2', [attr.type('T', 'float32')], [x, x]));
    expect(Array.from(doubled.dataSync())).toEqual([6, 2, 4, 18, 14, 16]);
  });

  it('disposes what a scope does not return, also when it throws', () => {
    const x = tf.scalar(1);
    const before = liveRawCount();
    const kept = rawScope(() => {
      const inner = rawScope(() => ({ first: toBf16(x), rest: [toBf16(x)] }));
      toBf16(x);
      return [inner.rest[0]!, cast(inner.first, 'float32')];
    });
    expect(liveRawCount()).toBe(before + 2);
    for (const one of kept) one.dispose();
    expect(() =>
      rawScope(() => {
        toBf16(x);
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(() => rawScope(async () => toBf16(x))).toThrow('not a promise');
    expect(liveRawCount()).toBe(before);
  });

  it('says what is wrong with a value or an op', () => {
    const half = cast(tf.scalar(1), 'float16');
    expect(() => half.toTensor()).toThrow('tfjs has no float16: cast() to float32, int32, bool first');
    expect(() => bitcast(half, 'float32', [1])).toThrow('float32 [1] takes 4 bytes, the value has 2');
    expect(() => uploadBytes(new Uint8Array(3), [2, 2])).toThrow('3 bytes do not fill the shape [2, 2] of 4');
    half.dispose();
    half.dispose();
    expect(() => half.id).toThrow('this raw float16 [] is disposed');
    expect(() => rawOne('NoSuchOp', [], [])).toThrow('NoSuchOp');
  });
});
