import { bfloat16ToFloat32, float32ToBfloat16 } from '@moslora/checkpoint';
import { describe, expect, it } from 'vitest';
import { bfloat16Blocks } from './bfloat16-blocks';
import { decodedValues, decodeNf4 } from './decode';
import { encodeNf4 } from './encode';
import { float32Blocks } from './float32-blocks';
import { nf4Code } from './nf4-code';
import { blockAbsmax } from './absmax';

/** Codes of bfloat16 patterns by the float32 path. */
function byFloat(patterns: Uint16Array, blockSize: number): { packed: Uint8Array; absmax: Float32Array } {
  const x = bfloat16ToFloat32(patterns);
  const absmax = blockAbsmax(x, blockSize, 'x');
  return { packed: encodeNf4(x, absmax, blockSize), absmax };
}

function expectSame(patterns: Uint16Array, blockSize = 64): void {
  const expected = byFloat(patterns, blockSize);
  const absmax = bfloat16Blocks.absmax(patterns, blockSize, 'x', 0);
  expect(absmax).toEqual(expected.absmax);
  const decoded = decodedValues(absmax, nf4Code, 'float32');
  expect(Buffer.from(bfloat16Blocks.encode(patterns, absmax, decoded, blockSize).packed)).toEqual(
    Buffer.from(expected.packed),
  );
}

it('the values that codes stand for are those of dequantising', () => {
  const absmax = Float32Array.from({ length: 300 }, (_, i) => 1e-30 * 1.7 ** i).map((x) => (x < 1e38 ? x : 3));
  for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
    const packed = Uint8Array.from({ length: 8 * 300 }, (_, i) => (2 * (i % 8) * 16) | (2 * (i % 8) + 1));
    const expected = decodeNf4(packed, absmax, nf4Code, { count: 16 * 300, blockSize: 16, dtype });
    expect(decodedValues(absmax, nf4Code, dtype)).toEqual(expected);
  }
});

describe('bfloat16 blocks', () => {
  it('have the codes of the float32 path for every pattern under some hundred maxima', () => {
    const maxima = [0, 1, 2, 63, 127, 128, 129, 500, 640, 641, 700, 0x0700, 0x0b80, 0x3f7f, 0x3f80, 0x3f81, 0x7f7f];
    for (let i = 0; i < 20; i++) maxima.push((i * 1637 + 5) % 0x7f80);
    for (const largest of maxima) {
      // The maximum, then all smaller patterns of both signs, in one long block.
      const patterns = Uint16Array.from({ length: 2 * largest + 2 }, (_, i) => (i >> 1) | (i % 2 === 0 ? 0 : 0x8000));
      expectSame(patterns, patterns.length + (patterns.length % 4));
    }
  });

  it.each([1, 2, 63, 64, 65, 129, 6400])('take %i values, an odd tail and a short last block included', (count) => {
    const x = Float32Array.from({ length: count }, (_, i) => Math.sin(i * i) * 10 ** -(i % 9));
    expectSame(float32ToBfloat16(x));
  });

  it('lose what the float32 path loses', () => {
    const patterns = float32ToBfloat16(Float32Array.from({ length: 1003 }, (_, i) => 0.03 * Math.sin(0.37 * i)));
    const absmax = bfloat16Blocks.absmax(patterns, 64, 'x', 0);
    const decoded = decodedValues(absmax, nf4Code, 'bfloat16');
    const narrow = bfloat16Blocks.encode(patterns, absmax, decoded, 64);
    const wide = float32Blocks.encode(bfloat16ToFloat32(patterns), absmax, decoded, 64);
    expect(narrow.squares).toBeCloseTo(wide.squares, 12);
    expect(narrow.squaredError).toBeCloseTo(wide.squaredError, 12);
    expect(narrow.squaredError / narrow.squares).toBeGreaterThan(0.005);
  });

  it.each([0x7f80, 0xff80, 0x7fc0])('refuse the pattern %i with its place', (pattern) => {
    const patterns = new Uint16Array(200);
    patterns[131] = pattern;
    expect(() => bfloat16Blocks.absmax(patterns, 64, 'file, tensor q', 4096)).toThrow('file, tensor q, element 4227');
  });
});
