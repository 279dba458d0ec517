import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors, type TensorToWrite } from '@moslora/checkpoint';
import { Rng, startBackend } from '@moslora/runtime';
import { UserError } from '@moslora/specs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adapterConfig, decoderSlots, fillB, furthest, outputs } from '../fixtures/slots';
import { injectAdapters } from '../inject/inject-adapters';
import { parseAdapterKey } from './keys';
import { loadAdapters } from './load-adapters';

beforeAll(async () => {
  await startBackend();
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'adapter-'));
});

/** A trained adapter in `dir`, and what its model computes. */
function saved(given: Parameters<typeof adapterConfig>[0]): number[][] {
  const slots = decoderSlots();
  const set = injectAdapters(slots, adapterConfig(given), new Rng(1));
  fillB(set.parameters());
  set.save(dir, { baseModel: 'tiny' });
  return outputs(slots);
}

const config = (): Record<string, unknown> => JSON.parse(readFileSync(join(dir, 'adapter_config.json'), 'utf8'));
const changeConfig = (change: Record<string, unknown>): void =>
  writeFileSync(join(dir, 'adapter_config.json'), JSON.stringify({ ...config(), ...change }));

/** Writes the weights again, each tensor as `change` gives it back, or not at all. */
function changeWeights(change: (tensor: TensorToWrite) => TensorToWrite | undefined): void {
  const path = join(dir, 'adapter_model.safetensors');
  const file = SafetensorsFile.open(path);
  const tensors = file
    .names()
    .map((name) => ({ name, dtype: 'F32' as const, shape: file.info(name).shape, data: file.bytes(name) }));
  writeSafetensors(
    path,
    tensors.flatMap((tensor) => change(tensor) ?? []),
  );
}

describe('adapter files', () => {
  it.each(['lora', 'two-subspaces', 'moslora'] as const)('give back the %s adapter that was saved', (method) => {
    const computed = saved({ method, aInit: 'gaussian', dropout: 0.1 });
    const slots = decoderSlots();
    const set = loadAdapters(slots, dir);
    expect(outputs(slots)).toEqual(computed);
    const trained = injectAdapters(decoderSlots(), adapterConfig({ method, aInit: 'gaussian' }), new Rng(1));
    expect(set.settings).toEqual(trained.settings);
    expect(set.parameters().map(({ name }) => name)).toEqual(trained.parameters().map(({ name }) => name));
    expect(set.count).toBe(trained.count);
    const first = readFileSync(join(dir, 'adapter_model.safetensors'));
    const firstConfig = config();
    set.save(dir, { baseModel: 'tiny' });
    expect(readFileSync(join(dir, 'adapter_model.safetensors')).equals(first)).toBe(true);
    expect(config()).toEqual(firstConfig);
  });

  it('are those of PEFT', () => {
    saved({ method: 'moslora', targets: ['q_proj', 'up_proj'] });
    expect(readdirSync(dir).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    expect(config()).toMatchObject({
      peft_type: 'LORA',
      base_model_name_or_path: 'tiny',
      r: 4,
      lora_alpha: 8,
      lora_use_mixer: true,
      target_modules: ['q_proj', 'up_proj'],
    });
    const file = SafetensorsFile.open(join(dir, 'adapter_model.safetensors'));
    expect(file.info('base_model.model.model.layers.1.mlp.up_proj.lora_AB.weight')).toMatchObject({
      dtype: 'F32',
      shape: [4, 4],
    });
    expect(file.names()).toHaveLength(12);
  });

  it('give back an adapter that some layers only have', () => {
    const targets = ['layers.1.self_attn.q_proj', 'up_proj'];
    const computed = saved({ method: 'moslora', targets });
    const slots = decoderSlots();
    expect(loadAdapters(slots, dir).modules()).toHaveLength(3);
    expect(outputs(slots)).toEqual(computed);
    expect(config()['target_modules']).toEqual(targets);
  });

  it('of a folded adapter are plain LoRA with the same outputs', () => {
    const slots = decoderSlots();
    const set = injectAdapters(slots, adapterConfig({ method: 'moslora' }), new Rng(1));
    fillB(set.parameters());
    const attached = outputs(slots);
    set.fold().save(dir);
    expect(config()).not.toHaveProperty('lora_use_mixer');
    const other = decoderSlots();
    expect(loadAdapters(other, dir).settings.method).toBe('lora');
    expect(furthest(outputs(other), attached)).toBeLessThan(1e-5);
  });

  it('are read with the other name of the mixer, with an adapter name left in, and under another prefix', () => {
    const computed = saved({ method: 'moslora' });
    changeWeights((tensor) => ({
      ...tensor,
      name: tensor.name
        .replace('base_model.model.model.', 'base_model.model.language_model.model.')
        .replace('lora_AB.weight', 'lora_mixer.weight')
        .replace(/\.weight$/, '.default.weight'),
    }));
    const slots = decoderSlots('dense', 'model.language_model.');
    const set = loadAdapters(slots, dir);
    expect(outputs(slots)).toEqual(computed);
    expect(set.parameters()[1]!.name).toBe(
      'base_model.model.language_model.model.layers.0.self_attn.q_proj.lora_AB.weight',
    );
  });

  it('follow rank and alpha patterns and rank-stabilised scales', () => {
    saved({ method: 'lora', targets: ['q_proj'] });
    const load = (): {
      scale: number;
      slots: ReturnType<typeof decoderSlots>;
      set: ReturnType<typeof loadAdapters>;
    } => {
      const slots = decoderSlots();
      const base = outputs(slots)[0]!;
      const set = loadAdapters(slots, dir);
      return { scale: outputs(slots)[0]![3]! - base[3]!, slots, set };
    };
    const usual = load().scale;
    changeConfig({ use_rslora: true });
    expect(load().scale / usual).toBeCloseTo(2, 4); // √4 in place of 4
    changeConfig({ use_rslora: false, alpha_pattern: { 'layers.0.self_attn.q_proj': 24 } });
    const { scale, set } = load();
    expect(scale / usual).toBeCloseTo(3, 4);
    set.save(dir);
    expect(config()['alpha_pattern']).toEqual({ 'model.layers.0.self_attn.q_proj': 24 });
    changeConfig({ r: 8, rank_pattern: { q_proj: 4 }, alpha_pattern: {} });
    expect(load().scale / usual).toBeCloseTo(1, 4);
  });
});

describe('contradictions', () => {
  const load = (): unknown => loadAdapters(decoderSlots(), dir);

  it('mixers that the config does not announce', () => {
    saved({ method: 'moslora' });
    changeConfig({ lora_use_mixer: false });
    expect(load).toThrow(UserError);
    expect(load).toThrow(
      /holds mixers, but adapter_config.json does not say so[^]*lora_AB of model.layers.0.self_attn.q_proj.* and 2 more[^]*set lora_use_mixer to true/,
    );
  });

  it('all of them at once: missing parts, wrong shapes, modules that are not there, layers without tensors', () => {
    saved({ method: 'moslora', targets: ['q_proj', 'up_proj'] });
    changeWeights((tensor) => {
      if (tensor.name.includes('layers.0.self_attn.q_proj.lora_AB')) return undefined;
      if (tensor.name.includes('layers.1.mlp.up_proj'))
        return { ...tensor, name: tensor.name.replace('layers.1', 'layers.7') };
      if (tensor.name.includes('layers.0.mlp.up_proj.lora_B')) return { ...tensor, shape: [4, 20] };
      return tensor;
    });
    expect(load).toThrow(
      /1 parts of the adapter are missing\n.*\n {2}got {6}no model.layers.0.self_attn.q_proj.lora_AB/,
    );
    expect(load).toThrow(/1 modules of the adapter are not in the model\n.*\n {2}got {6}model.layers.7.mlp.up_proj/);
    changeWeights((tensor) => (tensor.name.includes('layers.7') ? undefined : tensor));
    expect(load).toThrow(
      /lora_B.weight` has the wrong shape\n.*\n {2}got {6}\(4, 20\)\n {2}expected \(20, 4\) for rank 4 on a layer of 20 x 16/,
    );
    expect(load).toThrow(
      /1 layers that target_modules names have no tensors in the file\n.*\n {2}got {6}model.layers.1.mlp.up_proj/,
    );
  });

  it('not a vision tower whose layers have the same names', () => {
    const computed = saved({ method: 'moslora' });
    const slots = decoderSlots();
    expect(() => loadAdapters([...slots, ...decoderSlots('dense', 'vision_tower.encoder.')], dir)).not.toThrow();
    expect(outputs(slots)).toEqual(computed);
  });

  it('magnitudes without use_dora, use_dora without magnitudes, and both with a mixer', () => {
    saved({ method: 'dora' });
    changeConfig({ use_dora: false });
    expect(load).toThrow(/holds magnitudes of DoRA, but[^]*and 2 more; use_dora is not true[^]*set use_dora to true/);
    saved({ method: 'lora' });
    changeConfig({ use_dora: true });
    expect(load).toThrow(/8 parts of the adapter are missing\n.*\n {2}got {6}no .*q_proj\.lora_magnitude_vector/);
    saved({ method: 'moslora' });
    changeConfig({ use_dora: true });
    expect(load).toThrow(/use_dora\n {2}got {6}true\n {2}expected false beside a mixer/);
  });

  it('leave the model as it was', () => {
    saved({ method: 'moslora' });
    changeConfig({ r: 3 });
    const slots = decoderSlots();
    const before = outputs(slots);
    expect(() => loadAdapters(slots, dir)).toThrow('has the wrong shape');
    expect(outputs(slots)).toEqual(before);
  });

  it('tensors of another kind, and several adapters in one file', () => {
    saved({ method: 'lora' });
    changeWeights((tensor) => ({ ...tensor, name: tensor.name.replace('lora_A.', 'lora_embedding_A.') }));
    expect(load).toThrow('8 tensors are not parts of a LoRA or MoSLoRA adapter');
    saved({ method: 'lora' });
    changeWeights((tensor) => ({
      ...tensor,
      name: tensor.name.replace('.weight', tensor.name.includes('layers.0') ? '.one.weight' : '.two.weight'),
    }));
    expect(load).toThrow(/several adapters\n.*\n {2}got {6}one, two/);
  });

  it('settings that are not supported, all at once', () => {
    saved({ method: 'lora' });
    changeConfig({ bias: 'all', peft_type: 'IA3', init_lora_weights: 'pissa_niter_4', use_qalora: true });
    expect(load).toThrow(
      /adapter_config.json, peft_type\n {2}got {6}"IA3"[^]*, bias\n {2}got {6}"all"[^]*, init_lora_weights\n {2}got {6}"pissa_niter_4"\n.*path_initial_model_for_weight_conversion[^]*, use_qalora/,
    );
    changeConfig({
      bias: 'none',
      peft_type: 'LORA',
      init_lora_weights: 'eva',
      use_qalora: false,
      target_parameters: [],
    });
    expect(load).not.toThrow();
  });

  it('a folder without weights', () => {
    saved({ method: 'lora' });
    const empty = mkdtempSync(join(tmpdir(), 'adapter-'));
    writeFileSync(join(empty, 'adapter_config.json'), JSON.stringify(config()));
    expect(() => loadAdapters(decoderSlots(), empty)).toThrow('The adapter has no weights');
    expect(() => loadAdapters(decoderSlots(), join(empty, 'nowhere'))).toThrow('The JSON file cannot be read');
  });
});

describe('parseAdapterKey', () => {
  it('tells A from AB, and does not take other names', () => {
    expect(parseAdapterKey('base_model.model.x.q.lora_A.weight')).toEqual({
      path: 'x.q',
      part: 'A',
      adapter: undefined,
    });
    expect(parseAdapterKey('x.q.lora_AB.one.weight')).toEqual({ path: 'x.q', part: 'AB', adapter: 'one' });
    expect(parseAdapterKey('x.q.lora_mixer.weight')?.part).toBe('AB');
    const magnitude = { path: 'x.q', part: 'magnitude' };
    for (const end of ['', '.weight']) {
      expect(parseAdapterKey(`x.q.lora_magnitude_vector${end}`)).toEqual({ ...magnitude, adapter: undefined });
      expect(parseAdapterKey(`x.q.lora_magnitude_vector.one${end}`)).toEqual({ ...magnitude, adapter: 'one' });
    }
    for (const key of [
      'x.lora_Ab.weight',
      'x.lora_A.bias',
      'lora_A.weight',
      'x.lora_magnitude',
      'x.lora_A.a.b.weight',
    ]) {
      expect(parseAdapterKey(key)).toBeUndefined();
    }
  });
});
