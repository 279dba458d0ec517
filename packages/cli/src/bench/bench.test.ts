import { describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';
import type { DecodeFigures } from './bench-decode';
import type { LeakFigures } from './bench-leaks';
import type { StepFigures } from './bench-step';
import { prefillFlops, stepFlops } from './flops';
import { medianOf } from './median';
import { benchShapes, parseShape, spellShape, type BenchShape } from './shape';

const tiny: BenchShape = { width: 16, layers: 2, heads: 2, inner: 24, vocab: 50, batch: 2, tokens: 8 };

const bench = (...args: string[]) => runHere('bench', ...args);

describe('shapes', () => {
  it('are read by name and spelled out', () => {
    expect(parseShape('medium')).toMatchObject({ width: 1024, layers: 8, batch: 1, tokens: 512 });
    expect(parseShape('16,2,2,24,50,2x8')).toEqual(tiny);
    for (const shape of Object.values(benchShapes)) expect(parseShape(spellShape(shape))).toEqual(shape);
  });

  it('are refused where they are none, with what is known', () => {
    expect(() => parseShape('mediun')).toThrow(
      /No such shape\n {2}where +--shape\n {2}got +mediun\n {2}expected small, medium, 7b-slice, or W,L,H,F,V,BxT[^]*did you mean medium\?/,
    );
    expect(() => parseShape('16,2,3,24,0,2x8')).toThrow(/A model of this shape cannot be made[^]*vocab: [^]*/);
    expect(() => parseShape('16,2,3,24,50,2x8')).toThrow(/expected the width has to be an even multiple of the heads/);
  });
});

describe('stepFlops', () => {
  // Every product of one step, written out: multiply and add count as two.
  const { width: D, inner: F, vocab: V, batch: B, tokens: T } = tiny;
  const [N, r] = [B * T, 4];

  it('counts every product once', () => {
    const linears = [...Array<[number, number]>(4).fill([D, D]), [F, D], [F, D], [D, F]] as [number, number][];
    const forward = linears.reduce((sum, [out, width]) => sum + 2 * N * out * width, 0);
    const factors = linears.reduce((sum, [out, width]) => sum + 2 * N * r * (width + out), 0);
    // In the first layer q, k and v need no gradient of their input.
    const spared = 3 * 2 * N * D * D;
    const sparedFactors = 3 * 2 * N * r * D;
    const lora = stepFlops(tiny, 'lora', r);
    expect(lora.base).toBe(2 * (2 * forward) - spared);
    expect(lora.adapters).toBe(3 * (2 * factors) - sparedFactors);
    expect(lora.attention).toBe(2 * 6 * 2 * B * D * ((T * (T + 1)) / 2));
    expect(lora.head).toBe(2 * 2 * B * (T - 1) * V * D);
    expect(lora.total).toBe(lora.base + lora.adapters + lora.attention + lora.head);
    const mixers = 3 * 2 * N * r * r * 7 * 2;
    expect(stepFlops(tiny, 'moslora', r).adapters).toBe(lora.adapters + mixers);
    const oneToken = { ...tiny, tokens: 1 };
    const { base, attention } = stepFlops(oneToken, 'none', 0);
    expect(prefillFlops(oneToken)).toBe(base + attention + 2 * B * V * D);
    expect(stepFlops(tiny, 'none', 0)).toMatchObject({ base: 2 * forward, adapters: 0, head: lora.head / 2 });
  });
});

describe('moslora bench step', () => {
  const shape = spellShape(tiny);

  it.each([
    ['moslora', 'nf4'],
    ['lora', 'bfloat16'],
    ['none', 'float32'],
  ])('runs the steps of a %s on a base in %s', async (adapter, base) => {
    const { code, out, err } = await bench(
      ...['step', '--shape', shape, '--adapter', adapter, '--base', base, '--rank', '4'],
      ...['--steps', '3', '--warmup', '1', '--checkpointing', '--json'],
    );
    expect({ code, err: err.replace(/^(native|wasm): .*\n/, '') }).toEqual({ code: 0, err: '' });
    const figures = JSON.parse(out) as StepFigures;
    expect(figures).toMatchObject({ shape, adapter, base, steps: 3, checkpointing: true });
    expect(figures.gflops * figures.median_s * 1e9).toBeCloseTo(figures.flops.total, -1);
    expect(figures.tokens_per_s * figures.median_s).toBeCloseTo(16);
    expect(figures.peak_mb).toBeGreaterThan(50);
    // Untrained, every token is about as likely as any other.
    expect(figures.loss[0]).toBeGreaterThan(Math.log(50) - 0.5);
    expect(figures.loss[0]).toBeLessThan(Math.log(50) + 0.5);
  });

  it('refuses what it cannot run', async () => {
    expect(await bench('step', '--shape', 'huge')).toMatchObject({
      code: 2,
      err: expect.stringContaining('No such shape'),
    });
    expect(await bench('step', '--steps', '0')).toMatchObject({
      code: 2,
      err: expect.stringContaining('must be a whole number above 0'),
    });
  });
});

it('moslora bench decode answers prompts', async () => {
  const { code, out } = await bench(
    ...['decode', '--shape', spellShape(tiny), '--base', 'nf4', '--new-tokens', '4', '--json'],
  );
  expect(code).toBe(0);
  const figures = JSON.parse(out) as DecodeFigures;
  expect(figures).toMatchObject({ new_tokens: 4, base: 'nf4' });
  expect(figures.tokens_per_s * figures.token_s).toBeCloseTo(2);
  // 4 bits a weight, 8 for the maximum of 64, 32 for that of 256 of these, and what all share; the head in bfloat16.
  const weights = 2 * (4 * 16 * 16 + 3 * 16 * 24);
  expect(figures.weight_bytes.layers).toBeGreaterThan(weights * 0.515);
  expect(figures.weight_bytes.layers).toBeLessThan(weights * 0.6);
  expect(figures.weight_bytes.head).toBe(2 * 50 * 16);
});

it('moslora bench leaks looks at every step and every answer', async () => {
  const { code, out } = await bench('leaks', '--shape', spellShape(tiny), '--steps', '12', '--json');
  const figures = JSON.parse(out) as LeakFigures;
  expect(figures).toMatchObject({ steps: 12, shape: spellShape(tiny) });
  const parts = Object.entries({ training: figures.training, decoding: figures.decoding });
  for (const [, { tensors, rss_mb }] of parts) {
    expect(tensors.last).toBeGreaterThan(0);
    expect(rss_mb.every((mb) => mb > 50)).toBe(true);
  }
  expect(figures.leaks).toEqual(parts.flatMap(([part, { grown }]) => grown.map((what) => `${part}: ${what}`)));
  // In so few steps constants of shapes are still being made; the command says so, and ends with 1.
  expect(code).toBe(figures.leaks.length > 0 ? 1 : 0);
});

it('medianOf takes the middle', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([4, 1, 2, 3])).toBe(2.5);
});
