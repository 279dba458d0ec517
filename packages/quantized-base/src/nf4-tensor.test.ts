import { UserError } from '@moslora/specs';
import { describe, expect, it } from 'vitest';
import { absmaxOf, dequantizeNf4, nf4Bytes, quantizeNf4 } from './nf4-tensor';

const fround = Math.fround;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Deterministic values roughly like a weight's. */
function waves(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => 0.01 * (1 + (i % 7)) * Math.sin(0.37 * i));
}

describe('quantizeNf4', () => {
  it('gives the published codes of a sine', () => {
    const x = Float32Array.from({ length: 64 }, (_, i) => 0.05 * Math.sin(i + 1));
    const { packed, absmax } = quantizeNf4(x, { double: false });
    expect(hex(packed)).toBe('ef9104efc202cfe4019fe7106efa103dfd301bfe5017ef9104efc202cfd4019f');
    expect([...(absmax as Float32Array)]).toEqual([0.04999950900673866]);
  });

  it('gives the published double quantisation of a modulated sine', () => {
    const { packed, absmax } = quantizeNf4(waves(512), { double: true });
    if (absmax instanceof Float32Array) throw new Error('not nested');
    expect([...absmax.codes]).toEqual([204, 0, 212, 36, 212, 66, 204, 197]);
    expect([...absmax.nestedAbsmax]).toEqual([fround(0.001394025981426239)]);
    expect(absmax.offset).toBe(fround(0.0694156140089035));
    expect(hex(packed.subarray(0, 32))).toBe('78adeee88642106557adf9abb952643224789bdeed7652100667acef9aa85215');
  });

  it('turns a block of zeros into zeros', () => {
    const tensor = quantizeNf4(new Float32Array(128), { double: true });
    expect([...tensor.packed].every((byte) => byte === 0x77)).toBe(true);
    expect(dequantizeNf4(tensor).every((value) => value === 0)).toBe(true);
  });

  it.each([1, 2, 63, 65, 637])('pads the odd tail and the last block of %i values', (count) => {
    const x = waves(count + 3).subarray(3);
    const tensor = quantizeNf4(x, { double: false });
    expect(tensor.packed).toHaveLength(Math.ceil(count / 2));
    expect(absmaxOf(tensor)).toHaveLength(Math.ceil(count / 64));
    if (count % 2 === 1) expect(tensor.packed.at(-1)! & 15).toBe(7);
    const back = dequantizeNf4(tensor);
    const step = 0.16; // the widest gap between codes is 0.304: nearest is within half of it
    back.forEach((value, i) => expect(Math.abs(value - x[i]!)).toBeLessThanOrEqual(step * absmaxOf(tensor)[i >> 6]!));
  });

  it('keeps the largest value of each block exactly, at both ends of the float32 range', () => {
    for (const size of [3e38, 1, 2e-38]) {
      const x = Float32Array.from({ length: 64 }, (_, i) => size * Math.cos(i));
      const back = dequantizeNf4(quantizeNf4(x, { double: false }));
      expect(back[0]).toBe(x[0]);
      expect(back.every((value) => Number.isFinite(value))).toBe(true);
    }
  });

  it('takes denormal values for zeros, without NaN', () => {
    const x = Float32Array.from({ length: 64 }, (_, i) => 1e-42 * i);
    expect(dequantizeNf4(quantizeNf4(x, { double: false })).every((value) => value === 0)).toBe(true);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %d with tensor and index', (value) => {
    const x = waves(200);
    x[131] = value;
    const quantize = (): unknown => quantizeNf4(x, { double: true, place: 'model.safetensors, tensor q_proj.weight' });
    expect(quantize).toThrow(UserError);
    expect(quantize).toThrow(`where    model.safetensors, tensor q_proj.weight, element 131\n  got      ${value}`);
  });

  it('rounds dequantised values to the type the weight had', () => {
    const x = waves(256);
    const wide = dequantizeNf4(quantizeNf4(x, { double: false }));
    const half = dequantizeNf4(quantizeNf4(x, { double: false, dtype: 'bfloat16' }));
    half.forEach((value, i) => {
      expect(Math.abs(value - wide[i]!)).toBeLessThanOrEqual(Math.abs(wide[i]!) * 2 ** -8);
      expect(new Uint32Array(Float32Array.of(value).buffer)[0]! & 0xffff).toBe(0);
    });
  });

  it('costs 4.127 bits a value with double quantisation and 4.5 without', () => {
    const x = waves(1 << 20);
    expect((8 * nf4Bytes(quantizeNf4(x, { double: true }))) / x.length).toBeCloseTo(4.127, 3);
    expect((8 * nf4Bytes(quantizeNf4(x, { double: false }))) / x.length).toBe(4.5);
  });
});
