import { describe, expect, it } from 'vitest';
import { parseTinyConfig, tinyJson } from '../fixtures/kinds';

describe('parseTinyConfig', () => {
  it('reads the older and the newer spelling of the rotary settings', () => {
    expect(parseTinyConfig({ ...tinyJson, rope_theta: 5e5 }).rope).toEqual({ type: 'default', theta: 5e5 });
    const newer = { rope_theta: 5e5, rope_type: 'linear', factor: 2 };
    expect(parseTinyConfig({ ...tinyJson, rope_parameters: newer }).rope).toEqual({
      type: 'linear',
      theta: 5e5,
      factor: 2,
    });
    const scaled = { type: 'linear', factor: 4 };
    expect(parseTinyConfig({ ...tinyJson, rope_theta: 1e4, rope_scaling: scaled }).rope).toEqual({
      type: 'linear',
      theta: 1e4,
      factor: 4,
    });
  });

  it('lets the older spelling go first, and takes the settings of full attention where they are by kind of layer', () => {
    const both = { rope_scaling: { type: 'linear', factor: 3 }, rope_parameters: { rope_type: 'default' } };
    expect(parseTinyConfig({ ...tinyJson, ...both }).rope).toEqual({ type: 'linear', theta: 1e4, factor: 3 });
    const kinds = { full_attention: { rope_type: 'linear', factor: 5, rope_theta: 7 }, sliding_attention: {} };
    expect(parseTinyConfig({ ...tinyJson, rope_parameters: kinds }).rope).toEqual({
      type: 'linear',
      theta: 7,
      factor: 5,
    });
  });

  it('takes head_dim from the widths where the file leaves it out', () => {
    expect(parseTinyConfig({ ...tinyJson, head_dim: undefined, hidden_size: 32 }).headDim).toBe(8);
  });

  it('lists every value that asks for other maths', () => {
    const json = {
      ...tinyJson,
      hidden_act: 'relu',
      num_key_value_heads: 3,
      rope_scaling: { rope_type: 'longrope', factor: 2 },
    };
    expect(() => parseTinyConfig(json, 'm/config.json')).toThrow(
      [
        'unsupported hidden_act',
        '  where    m/config.json: hidden_act',
        '  got      "relu"',
        '  expected "silu"',
        'unsupported num_key_value_heads',
        '  where    m/config.json: num_key_value_heads',
        '  got      3',
        '  expected a divisor of num_attention_heads = 4',
        'unsupported rope_type',
        '  where    m/config.json: rope_scaling.rope_type',
        '  got      "longrope"',
        '  expected "default", "linear", "dynamic", "llama3" or "yarn"',
      ].join('\n'),
    );
  });

  it('names the scaling factors that llama3 lacks', () => {
    const json = { ...tinyJson, rope_parameters: { rope_type: 'llama3', low_freq_factor: 1 } };
    expect(() => parseTinyConfig(json)).toThrow(/missing factor[\s\S]*missing high_freq_factor/);
  });

  it('takes the trained length from where files have it', () => {
    const yarn = { rope_type: 'yarn', factor: 4 };
    const given = { ...tinyJson, max_position_embeddings: 256 };
    expect(parseTinyConfig({ ...given, rope_scaling: yarn }).rope).toMatchObject({ originalMaxPositions: 256 });
    const inside = { ...yarn, original_max_position_embeddings: 64 };
    expect(parseTinyConfig({ ...given, rope_scaling: inside }).rope).toMatchObject({ originalMaxPositions: 64 });
    const both = { ...given, original_max_position_embeddings: 32, rope_scaling: { ...inside, factor: null } };
    expect(parseTinyConfig(both).rope).toMatchObject({ originalMaxPositions: 32, factor: 8 });
  });

  it('refuses values of the wrong type with their place', () => {
    expect(() => parseTinyConfig({ ...tinyJson, hidden_size: '24' })).toThrow(/config\.json, hidden_size/);
  });
});
