import { describe, expect, it } from 'vitest';
import { adapterConfigSchema, zeroMixerReason } from './adapter-config';

describe('adapterConfigSchema', () => {
  it('fills in defaults', () => {
    expect(adapterConfigSchema.parse({ method: 'moslora' })).toEqual({
      method: 'moslora',
      rank: 64,
      alpha: 128,
      dropout: 0,
      targets: 'all-linear',
      aInit: 'kaiming',
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
});
