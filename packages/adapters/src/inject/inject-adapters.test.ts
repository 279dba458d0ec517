import { Rng, startBackend } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterConfig, decoderSlots } from '../fixtures/slots';
import { injectAdapters } from './inject-adapters';

beforeAll(async () => {
  await startBackend();
});

const inject = (given: Parameters<typeof adapterConfig>[0], slots = decoderSlots()) =>
  injectAdapters(slots, adapterConfig(given), new Rng(1));

describe('injectAdapters', () => {
  it('takes every slot, or those that targets name by their last name or the end of their path', () => {
    expect(inject({ method: 'lora' }).modules()).toHaveLength(8);
    expect(inject({ method: 'lora', targets: ['up_proj', 'layers.1.self_attn.q_proj'] }).modules()).toEqual([
      'model.layers.0.mlp.up_proj',
      'model.layers.1.self_attn.q_proj',
      'model.layers.1.mlp.up_proj',
    ]);
  });

  it('leaves the head out of all-linear', () => {
    const withHead = () => [...decoderSlots(), { ...decoderSlots()[0]!, name: 'language_model.lm_head' }];
    expect(inject({ method: 'lora' }, withHead()).modules()).toHaveLength(8);
    expect(inject({ method: 'lora', targets: ['lm_head'] }, withHead()).modules()).toEqual(['language_model.lm_head']);
  });

  it("takes InternLM2's head, as its published adapters do", () => {
    const withHead = () => [...decoderSlots(), { ...decoderSlots()[0]!, name: 'output' }];
    expect(inject({ method: 'lora' }, withHead()).modules().at(-1)).toBe('output');
  });

  it('lists every target that names nothing, with the known ones', () => {
    expect(() => inject({ method: 'lora', targets: ['q_prj', 'up_proj', 'wqkv'] })).toThrow(
      /got {6}q_prj\n {2}expected all-linear, or one of down_proj, k_proj, q_proj, up_proj\n {2}do {7}did you mean q_proj\?[^]*got {6}wqkv/,
    );
  });

  it('lists every layer that is narrower than the rank', () => {
    const slots = decoderSlots();
    const call = (): unknown => inject({ method: 'moslora', rank: 14 }, slots);
    expect(call).toThrow(
      /q_proj \(12, 16\)\n {2}where {4}model.layers.0.self_attn.q_proj, model.layers.1.self_attn.q_proj\n {2}got {6}rank 14\n {2}expected at most 8/,
    );
    expect(call).toThrow(
      /k_proj \(8, 16\)\n {2}where {4}model.layers.0.self_attn.k_proj, model.layers.1.self_attn.k_proj/,
    );
    expect(call).not.toThrow(/up_proj/);
    expect(slots.every((slot) => slot.get().frozen !== undefined)).toBe(true);
  });

  it('refuses an odd rank where there are halves', () => {
    expect(() => inject({ method: 'two-subspaces', rank: 5 })).toThrow(/halves for two subspaces[^]*use 6 or 4/);
    expect(() => inject({ method: 'moslora', mixer: 'butterfly', rank: 5 })).toThrow('halves for a butterfly mixer');
  });

  it('follows rank and alpha patterns, and lists keys that match nothing and ranks that do not fit', () => {
    const set = inject({ method: 'lora', rankPattern: { 'layers\\.1\\..*': 2 }, targets: ['q_proj'] });
    expect(set.parameters().map(({ value }) => value.shape)).toEqual([
      [4, 16],
      [12, 4],
      [2, 16],
      [12, 2],
    ]);
    const call = (): unknown =>
      inject({ method: 'two-subspaces', rankPattern: { up_prj: 2, q_proj: 3, k_proj: 10 }, alphaPattern: { o: 1 } });
    expect(call).toThrow(/key of rankPattern matches no layer[^]*got {6}up_prj[^]*did you mean up_proj/);
    expect(call).toThrow(/key of alphaPattern matches no layer[^]*got {6}o\n/);
    expect(call).toThrow(/halves for two subspaces\n.*\n {2}got {6}3/);
    expect(call).toThrow(/k_proj \(8, 16\)\n.*\n {2}got {6}rank 10\n {2}expected at most 8/);
  });

  it('lets B learn faster with LoRA+, and magnitudes with it', () => {
    const factors = (given: Parameters<typeof adapterConfig>[0]) =>
      inject({ ...given, targets: ['layers.0.self_attn.q_proj'] })
        .parameters()
        .map(({ name, rateFactor }) => [name.replace(/^.*lora_/, ''), rateFactor]);
    const [a, m] = [
      ['A.weight', undefined],
      ['AB.weight', undefined],
    ];
    expect(factors({ method: 'lora-plus' })).toEqual([a, ['B.weight', 16]]);
    expect(factors({ method: 'moslora', loraPlusRatio: 4 })).toEqual([a, m, ['B.weight', 4]]);
    expect(factors({ method: 'dora', loraPlusRatio: 4 })).toEqual([a, ['B.weight', 4], ['magnitude_vector', 4]]);
  });

  it('refuses a second adapter on the same layer', () => {
    const slots = decoderSlots();
    inject({ method: 'lora', targets: ['q_proj'] }, slots);
    expect(() => inject({ method: 'lora' }, slots)).toThrow('2 layers have an adapter already');
  });

  it('starts each layer from its name: other targets do not change it', () => {
    const start = (targets: string[] | 'all-linear') =>
      inject({ method: 'moslora', targets })
        .parameters()
        .find(({ name }) => name.includes('layers.1.mlp.up_proj.lora_AB'))!
        .value.dataSync();
    expect(start(['up_proj'])).toEqual(start('all-linear'));
  });

  it('starts A within ±1/√in, or from a normal distribution of deviation 1/R', () => {
    const values = (aInit: string) =>
      inject({ method: 'lora', aInit })
        .parameters()
        .filter(({ name, value }) => name.endsWith('lora_A.weight') && value.shape[1] === 16)
        .flatMap(({ value }) => [...value.dataSync()]);
    const kaiming = values('kaiming');
    expect(Math.max(...kaiming.map(Math.abs))).toBeLessThanOrEqual(0.25);
    expect(Math.max(...kaiming.map(Math.abs))).toBeGreaterThan(0.24);
    const gaussian = values('gaussian');
    expect(Math.sqrt(gaussian.reduce((sum, value) => sum + value * value, 0) / gaussian.length)).toBeCloseTo(1 / 4, 1);
  });
});
