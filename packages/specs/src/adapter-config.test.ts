import { describe, expect, it } from 'vitest';
import { adapterConfigSchema, zeroMixerReason } from './adapter-config';
import { adapterAlpha, adapterRank } from './adapter-sizes';

describe('adapterConfigSchema', () => {
  it('fills in defaults', () => {
    expect(adapterConfigSchema.parse({ method: 'moslora' })).toEqual({
      method: 'moslora',
      rank: 64,
      alpha: 128,
      dropout: 0,
      targets: 'all-linear',
      aInit: 'kaiming',
      rankPattern: {},
      alphaPattern: {},
      rankStabilized: false,
      loraPlusRatio: 1,
      mixer: 'kaiming',
      trainMixer: true,
    });
  });

  it('refuses a zero mixer with the reason, other unknown ones with those it knows', () => {
    const issue = (mixer: string) => adapterConfigSchema.safeParse({ method: 'moslora', mixer }).error?.issues[0];
    expect(issue('zero')).toMatchObject({ code: 'custom', path: ['mixer'], message: zeroMixerReason });
    expect(issue('othogonal')).toMatchObject({
      code: 'invalid_value',
      values: ['kaiming', 'orthogonal', 'identity', 'butterfly', 'gaussian'],
    });
  });

  it('has rsLoRA and LoRA+ as methods of their own, with what makes them so', () => {
    expect(adapterConfigSchema.parse({ method: 'rslora' })).toMatchObject({ rankStabilized: true, loraPlusRatio: 1 });
    expect(adapterConfigSchema.parse({ method: 'lora-plus' })).toMatchObject({ loraPlusRatio: 16 });
    expect(adapterConfigSchema.safeParse({ method: 'rslora', rankStabilized: false }).success).toBe(false);
    expect(adapterConfigSchema.safeParse({ method: 'lora-plus', loraPlusRatio: 1 }).success).toBe(false);
  });

  it('gives modules ranks and alphas by name, path or regular expression, as PEFT matches them', () => {
    const config = adapterConfigSchema.parse({
      method: 'lora',
      rank: 8,
      rankPattern: { up_proj: 4, 'layers\\.[01]\\..*': 2, 'layers.3.mlp.down_proj': 16 },
      alphaPattern: { q_proj: 3 },
    });
    const ranks = ['0.mlp.up_proj', '1.mlp.down_proj', '3.mlp.down_proj', '11.self_attn.q_proj'].map((leaf) =>
      adapterRank(config, `model.layers.${leaf}`),
    );
    expect(ranks).toEqual([4, 2, 16, 8]);
    expect(adapterRank(config, 'model.layers.0.mlp.gate_up_proj')).toBe(2);
    expect(adapterRank(config, 'model.layers.9.mlp.gate_up_proj')).toBe(8);
    expect([adapterAlpha(config, 'a.q_proj'), adapterAlpha(config, 'a.k_proj')]).toEqual([3, 128]);
  });

  it('refuses a key that is no regular expression', () => {
    const { error } = adapterConfigSchema.safeParse({ method: 'lora', rankPattern: { 'layers.(': 4 } });
    expect(JSON.stringify(error?.issues)).toContain('A key of a module pattern is a name, a path, or a regular');
  });
});
