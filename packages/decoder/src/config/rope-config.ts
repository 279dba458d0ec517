import { z } from 'zod';
import type { Problem } from '@moslora/specs';

const number = z.number().nullish();
const ropeParameters = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: z.number().positive().nullish(),
  factor: z.number().positive().nullish(),
  low_freq_factor: number,
  high_freq_factor: number,
  original_max_position_embeddings: z.number().positive().nullish(),
  attention_factor: number,
  beta_fast: number,
  beta_slow: number,
  mscale: number,
  mscale_all_dim: number,
  truncate: z.boolean().nullish(),
  partial_rotary_factor: number,
});
type RopeParameters = z.infer<typeof ropeParameters>;

/** The keys of `config.json` that decide the rotary embedding, in the older and the newer spelling. */
export const ropeFields = {
  rope_theta: z.number().positive().nullish().describe('base of the wavelengths (older files)'),
  rope_scaling: ropeParameters.nullish().describe('scaling (older files); goes before rope_parameters'),
  rope_parameters: ropeParameters.nullish().describe('theta and scaling (newer files)'),
  partial_rotary_factor: z.number().nullish().describe('share of the head width that turns; must be 1'),
  original_max_position_embeddings: z
    .number()
    .positive()
    .nullish()
    .describe('trained length; goes before the one of the scaling'),
};

/** How the wavelengths of the rotary embedding come about. */
export type RopeConfig =
  | { type: 'default'; theta: number }
  | { type: 'linear'; theta: number; factor: number }
  | { type: 'dynamic'; theta: number; factor: number; maxPositions: number }
  | {
      type: 'llama3';
      theta: number;
      factor: number;
      lowFreqFactor: number;
      highFreqFactor: number;
      originalMaxPositions: number;
    }
  | {
      type: 'yarn';
      theta: number;
      factor: number;
      originalMaxPositions: number;
      betaFast: number;
      betaSlow: number;
      /** Whether the borders of the blend are rounded to whole channels. */
      truncate: boolean;
      /** Factor of cos and sin. */
      attentionFactor: number;
    };

type RopeJson = z.infer<z.ZodObject<typeof ropeFields>> & { max_position_embeddings: number };

/** The rotary settings of a configuration; what is wrong with them is added to `problems`. */
export function ropeOf(raw: RopeJson, where: string, problems: Problem[]): RopeConfig {
  const [key, json] = chosen(raw);
  const theta = json.rope_theta ?? raw.rope_theta ?? 10000;
  const type = json.rope_type ?? json.type ?? 'default';
  const partial = json.partial_rotary_factor ?? raw.partial_rotary_factor ?? 1;
  const at = (name: string): string => `${where}: ${key}.${name}`;
  if (partial !== 1)
    problems.push({
      what: 'unsupported partial_rotary_factor',
      where: `${where}: partial_rotary_factor`,
      got: String(partial),
      expected: '1',
    });
  const originalMaxPositions =
    raw.original_max_position_embeddings ?? json.original_max_position_embeddings ?? raw.max_position_embeddings;
  const need = (name: 'factor' | 'low_freq_factor' | 'high_freq_factor'): number => {
    const value = json[name];
    if (typeof value !== 'number')
      problems.push({ what: `missing ${name}`, where: at(name), expected: `a number, since rope_type is "${type}"` });
    return value ?? 1;
  };
  switch (type) {
    case 'default':
      return { type, theta };
    case 'linear':
      return { type, theta, factor: need('factor') };
    case 'dynamic':
      return { type, theta, factor: need('factor'), maxPositions: raw.max_position_embeddings };
    case 'llama3':
      return {
        type,
        theta,
        factor: need('factor'),
        lowFreqFactor: need('low_freq_factor'),
        highFreqFactor: need('high_freq_factor'),
        originalMaxPositions,
      };
    case 'yarn': {
      // `null` is what files have whose context was lengthened by just the ratio of the two lengths.
      const factor = json.factor === null ? raw.max_position_embeddings / originalMaxPositions : need('factor');
      return {
        type,
        theta,
        factor,
        originalMaxPositions,
        betaFast: json.beta_fast || 32,
        betaSlow: json.beta_slow || 1,
        truncate: json.truncate ?? true,
        attentionFactor: json.attention_factor ?? yarnAttentionFactor(factor, json),
      };
    }
    default:
      problems.push({
        what: 'unsupported rope_type',
        where: at('rope_type'),
        got: JSON.stringify(type),
        expected: '"default", "linear", "dynamic", "llama3" or "yarn"',
      });
      return { type: 'default', theta };
  }
}

/** The settings that count: the older key where it says anything; those of full attention where they are given by kind of layer. */
function chosen(raw: RopeJson): [key: string, RopeParameters] {
  const filled = (json: RopeParameters | null | undefined): json is RopeParameters =>
    json != null && Object.keys(json).length > 0;
  const key = filled(raw.rope_scaling) ? 'rope_scaling' : 'rope_parameters';
  const json = raw[key] ?? {};
  const nested = ropeParameters.safeParse(json['full_attention']);
  return nested.success ? [`${key}.full_attention`, nested.data] : [key, json];
}

/** Peng et al. 2023, eq. 22, as transformers has it: 0.1 ln(s) + 1, or the ratio of two of them. */
function yarnAttentionFactor(factor: number, { mscale, mscale_all_dim: all }: RopeParameters): number {
  const scaled = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  return mscale && all ? scaled(mscale) / scaled(all) : scaled(1);
}
