import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float32ToBfloat16, float32ToHalf, halfToFloat32 } from './half';

const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

/** The definition: sign, 5 bits of exponent (bias 15), 10 bits of fraction. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, (bits & 1023) / 1024];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

describe('half precision', () => {
  const wide = halfToFloat32(all);

  it('widens all 65,536 values by the definition', () => {
    const wrong = [...all].filter((bits) => !Object.is(wide[bits], half(bits)));
    expect(wrong).toEqual([]);
  });

  it('narrows every value back to itself', () => {
    const back = float32ToHalf(wide);
    const wrong = [...all].filter((bits) => back[bits] !== bits && !Number.isNaN(wide[bits]));
    expect(wrong).toEqual([]);
    expect(Number.isNaN(halfToFloat32(float32ToHalf(Float32Array.of(NaN)))[0])).toBe(true);
  });

  it('rounds between any two neighbours to the nearer, ties to even', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const middle = (wide[bits]! + wide[bits + 1]!) / 2;
      const around = Float32Array.of(middle * (1 - 2 ** -20), middle, middle * (1 + 2 ** -20));
      const even = bits % 2 === 0 ? bits : bits + 1;
      expect([...float32ToHalf(around)]).toEqual([bits, even, bits + 1]);
    }
    expect([...float32ToHalf(Float32Array.of(65519, 65520, 1e9, -1e9))]).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00]);
  });
});

describe('bfloat16', () => {
  it('keeps all values there and back, and rounds ties to even', () => {
    const wide = bfloat16ToFloat32(all);
    const back = float32ToBfloat16(wide);
    expect([...all].filter((bits) => back[bits] !== bits && !Number.isNaN(wide[bits]))).toEqual([]);
    const ties = new Float32Array(Uint32Array.of(0x3f808000, 0x3f818000, 0x3f808001, 0x7f7fffff).buffer);
    expect([...float32ToBfloat16(ties)]).toEqual([0x3f80, 0x3f82, 0x3f81, 0x7f80]);
  });
});
