import { hasKernel } from '@moslora/kernels';
import { startBackend } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { blockAbsmax } from './code/absmax';
import { decodeNf4, type FloatType } from './code/decode';
import { encodeNf4 } from './code/encode';
import { quantizeAbsmax } from './code/nested-absmax';
import { nf4Code } from './code/nf4-code';
import { nativelyDequantized, nativelyQuantized } from './native';
import { absmaxOf, type Nf4Tensor } from './nf4-tensor';

await startBackend();
const here = hasKernel('MosloraQuantizeNf4') ? describe : describe.skip;
if (!hasKernel('MosloraQuantizeNf4')) console.log('NF4 by the native ops is not tested here: they are not built');

/** Normal values with a few large, tiny, denormal and zero ones between, from a fixed seed. */
function values(count: number): Float32Array {
  let state = 1;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Float32Array.from({ length: count }, (_, i) => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    if (i % 4096 < 64) return 0;
    if (i % 4096 < 128) return normal * 1e-42;
    if (i % 4096 < 192) return normal * 1.2e-38;
    return i % 1021 === 0 ? normal * 3e30 : normal * 0.02 * (1 + (i % 7));
  });
}

/** The NF4 values themselves, the points halfway between them, and those next to these, in blocks whose absmax is 1. */
function edges(): Float32Array {
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  const beside = (value: number, step: number) => {
    float[0] = value;
    bits[0]! += step;
    return float[0];
  };
  const middles = [...nf4Code].slice(1).map((value, i) => Math.fround((value + nf4Code[i]!) / 2));
  const all = [...nf4Code, ...middles].flatMap((value) =>
    value === 0 ? [0] : [-1, 0, 1].map((step) => beside(value, step)),
  );
  return Float32Array.from(
    all.filter((value) => Math.abs(value) <= 1).flatMap((value, i) => (i % 63 === 0 ? [1, value] : [value])),
  );
}

/** Whether two arrays have the same bytes: quicker than comparing their elements. */
const same = (a: Float32Array | Uint8Array, b: Float32Array | Uint8Array) =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

here('NF4 by the native ops', () => {
  it.each([1, 2, 63, 64, 65, 637, 257 * 64 + 33, 200_001])(
    'of %i values equals the portable code bit for bit',
    (count) => {
      const x = values(count);
      const absmax = blockAbsmax(x, 64, 'x');
      const packed = encodeNf4(x, absmax, 64);
      const single = nativelyQuantized(x, false)!;
      const nested = quantizeAbsmax(absmax, 'x');
      const double = nativelyQuantized(x, true)!;
      expect([same(single.packed, packed), same(single.absmax as Float32Array, absmax)]).toEqual([true, true]);
      expect([same(double.packed, packed), double.absmax]).toEqual([true, nested]);
      for (const dtype of ['float32', 'bfloat16', 'float16'] as FloatType[]) {
        for (const scales of [absmax, nested]) {
          const tensor: Nf4Tensor = { packed, absmax: scales, shape: [count], dtype, blockSize: 64, code: nf4Code };
          const expected = decodeNf4(packed, absmaxOf(tensor), nf4Code, { count, blockSize: 64, dtype });
          const got = nativelyDequantized(tensor, count)!;
          expect(same(got, expected), dtype).toBe(true);
        }
      }
    },
  );

  it('decides as the portable code does at and beside every boundary', () => {
    const x = edges();
    const absmax = blockAbsmax(x, 64, 'x');
    expect(nativelyQuantized(x, false)).toEqual({ packed: encodeNf4(x, absmax, 64), absmax });
  });

  it.each([NaN, Infinity, -Infinity])('leaves %d to the portable code, which names it', (value) => {
    const x = values(10_000);
    x[9999] = value;
    expect(nativelyQuantized(x, true)).toBeUndefined();
  });
});
