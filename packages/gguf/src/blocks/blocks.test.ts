import { expect, it } from 'vitest';
import { decodeValues, encodeValues } from '../values';

/** A wave of 64 values: two blocks. */
const wave = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * (i < 32 ? 1 : 10));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('Q4_0 and Q8_0 hold the bytes that llama.cpp’s own quantisation gives', () => {
  // By gguf 0.19 of PyPI: quants.quantize(wave, GGMLQuantizationType.Q4_0).
  expect(hex(encodeValues('Q4_0', wave))).toBe(
    '0030680f2f99f2f0861d1f7be4f0a43b0f5d00bde4f0a43b0f5dc6f0c2590f3fa8f1e177',
  );
  expect(hex(encodeValues('Q8_0', wave))).toBe(
    '0820006b7312a086dd537e34bb81bc357e53db86a113746aff958def617922ac83cd0a2d467f43ca82ae267a5fec8c96026c73109e87df557d32b981be377e51d985a215',
  );
});

it('values come back within half a step', () => {
  const error = (type: 'Q4_0' | 'Q8_0', at: number): number => {
    const back = decodeValues(type, encodeValues(type, wave));
    return Math.max(...back.subarray(at, at + 32).map((value, i) => Math.abs(value - wave[at + i]!)));
  };
  expect(error('Q8_0', 0)).toBeLessThan(0.51 / 127);
  expect(error('Q8_0', 32)).toBeLessThan(5.1 / 127);
  expect(error('Q4_0', 0)).toBeLessThan(1.01 / 8); // the end away from the largest value is cut by half a step
  expect(error('Q4_0', 32)).toBeLessThan(10.1 / 8);
});

it('blocks of zeros stay zeros', () => {
  for (const type of ['Q4_0', 'Q8_0'] as const)
    expect([...decodeValues(type, encodeValues(type, new Float32Array(32)))].every((value) => value === 0)).toBe(true);
});
