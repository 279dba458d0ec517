import { describe, expect, it } from 'vitest';
import { ropeFrequencies } from './frequencies';
import { ropeTable } from './rope-table';

describe('ropeFrequencies', () => {
  it('falls from 1 by theta^(-2/K)', () => {
    const frequencies = ropeFrequencies({ type: 'default', theta: 10000 }, 8);
    [1, 0.1, 0.01, 0.001].forEach((expected, i) => expect(frequencies[i]).toBeCloseTo(expected, 12));
  });

  it('divides long wavelengths by the factor, leaves short ones, blends between (llama3)', () => {
    const rope = {
      type: 'llama3',
      theta: 500000,
      factor: 8,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalMaxPositions: 64,
    } as const;
    const plain = ropeFrequencies({ type: 'default', theta: rope.theta }, 16);
    const ratios = ropeFrequencies(rope, 16).map((frequency, i) => frequency / plain[i]!);
    expect(ratios[0]).toBe(1); // wavelength 6.3 < 64 / 4
    expect(ratios[1]).toBeGreaterThan(1 / 8); // 32.4, between 16 and 64
    expect(ratios[1]).toBeLessThan(1);
    for (const ratio of ratios.slice(2)) expect(ratio).toBeCloseTo(1 / 8, 12);
  });
});

describe('ropeTable', () => {
  it('holds each angle in both halves of the head', () => {
    const { cos, sin } = ropeTable({ type: 'default', theta: 100 }, 4, [0, 3]);
    expect([...cos.slice(0, 4)]).toEqual([1, 1, 1, 1]);
    const expected = [3, 0.3, 3, 0.3];
    expected.forEach((angle, i) => {
      expect(cos[4 + i]).toBeCloseTo(Math.cos(angle), 6);
      expect(sin[4 + i]).toBeCloseTo(Math.sin(angle), 6);
    });
  });
});
