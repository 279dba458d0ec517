import { describe, expect, it } from 'vitest';
import { ropeOf, type RopeConfig } from '../config/rope-config';
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

// The numbers of transformers 5.18 (modeling_rope_utils) for heads 16 wide.
describe('the frequencies of transformers', () => {
  const close = (ours: Float64Array, theirs: number[]): void =>
    theirs.forEach((expected, i) => expect(Math.abs(ours[i]! - expected)).toBeLessThan(1e-7));
  const rope = (parameters: Record<string, unknown>, positions: number): RopeConfig =>
    ropeOf({ rope_parameters: parameters, max_position_embeddings: positions }, 'config.json', []);

  it('dynamic, beyond the trained length and within', () => {
    const dynamic = rope({ rope_type: 'dynamic', rope_theta: 10000, factor: 2 }, 100);
    close(
      ropeFrequencies(dynamic, 16, 150),
      [1, 0.286414951, 0.08203353, 0.023495633, 0.006729501, 0.00192743, 0.000552045, 0.000158114],
    );
    expect(ropeFrequencies(dynamic, 16, 100)).toEqual(ropeFrequencies({ type: 'default', theta: 10000 }, 16));
  });

  it('yarn, with its factor of cos and sin', () => {
    const plain = { rope_type: 'yarn', rope_theta: 10000, factor: 4, original_max_position_embeddings: 64 };
    const yarn = rope(plain, 256) as Extract<RopeConfig, { type: 'yarn' }>;
    close(
      ropeFrequencies(yarn, 16),
      [1, 0.237170815, 0.049999997, 0.007905695, 0.0025, 0.000790569, 0.00025, 0.000079057],
    );
    expect(yarn.attentionFactor).toBeCloseTo(1.138629436111989, 12);
    expect(ropeTable(yarn, 16, [0]).cos[0]).toBeCloseTo(1.138629436111989, 6);
    const more = { beta_fast: 16, beta_slow: 2, truncate: false, mscale: 0.7, mscale_all_dim: 1.2 };
    const other = rope(
      { rope_type: 'yarn', rope_theta: 500000, factor: 8, original_max_position_embeddings: 512, ...more },
      4096,
    ) as typeof yarn;
    close(
      ropeFrequencies(other, 16),
      [1, 0.192907929, 0.011453045, 0.000911583, 0.000176777, 0.000034281, 0.000006648, 0.000001289],
    );
    expect(other.attentionFactor).toBeCloseTo(0.9167912505456107, 12);
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
