import { describe, expect, it } from 'vitest';
import { encodeNf4 } from './encode';
import { nf4Boundaries } from './nf4-code';

/** Index of one value in a block with absmax 1, by the plain rule: how many boundaries are below it. */
const plain = (value: number): number =>
  nf4Boundaries.reduce((count, boundary) => count + (value > boundary ? 1 : 0), 0);
const encoded = (values: number[]): number[] => {
  const packed = encodeNf4(Float32Array.from(values), Float32Array.of(1), values.length);
  return values.map((_, i) => (i % 2 === 0 ? packed[i >> 1]! >> 4 : packed[i >> 1]! & 15));
};

describe('encodeNf4', () => {
  it('agrees with the plain rule on each boundary and its float32 neighbours', () => {
    const neighbours = [...nf4Boundaries].flatMap((boundary) => {
      const bits = new Int32Array(Float32Array.of(boundary).buffer)[0]!;
      return [-1, 0, 1].map((step) => new Float32Array(Int32Array.of(bits + step).buffer)[0]!);
    });
    expect(encoded(neighbours)).toEqual(neighbours.map(plain));
  });

  it('agrees with the plain rule all over [-1, 1], and a little beyond', () => {
    const values = Array.from({ length: 20_001 }, (_, i) => Math.fround(i / 10_000 - 1));
    values.push(1.0000001, -1.0000001);
    expect(encoded(values)).toEqual(values.map((value) => plain(Math.fround(value))));
  });
});
