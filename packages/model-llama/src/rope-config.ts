import { z } from 'zod';
import type { Problem } from '@moslora/specs';

const ropeParameters = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  factor: z.number().positive().optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: z.number().positive().optional(),
  partial_rotary_factor: z.number().optional(),
});

/** The keys of `config.json` that decide the rotary embedding, in the older and the newer spelling. */
export const ropeFields = {
  rope_theta: z.number().positive().nullish().describe('base of the wavelengths (older files)'),
  rope_scaling: ropeParameters.nullish().describe('scaling (older files)'),
  rope_parameters: ropeParameters.nullish().describe('theta and scaling (newer files)'),
  partial_rotary_factor: z.number().nullish().describe('share of the head width that turns; must be 1'),
};

/** How the wavelengths of the rotary embedding come about. */
export type RopeConfig =
  | { type: 'default'; theta: number }
  | { type: 'linear'; theta: number; factor: number }
  | {
      type: 'llama3';
      theta: number;
      factor: number;
      lowFreqFactor: number;
      highFreqFactor: number;
      originalMaxPositions: number;
    };

type RopeJson = z.infer<z.ZodObject<typeof ropeFields>>;

/** The rotary settings of a configuration; what is wrong with them is added to `problems`. */
export function ropeOf(raw: RopeJson, where: string, problems: Problem[]): RopeConfig {
  const key = raw.rope_parameters ? 'rope_parameters' : 'rope_scaling';
  const json = raw.rope_parameters ?? raw.rope_scaling ?? {};
  const theta = json.rope_theta ?? raw.rope_theta ?? 10000;
  const type = json.rope_type ?? json.type ?? 'default';
  const partial = json.partial_rotary_factor ?? raw.partial_rotary_factor ?? 1;
  if (partial !== 1) {
    problems.push({
      what: 'unsupported partial_rotary_factor',
      where: `${where}: partial_rotary_factor`,
      got: String(partial),
      expected: '1',
    });
  }
  const number = (
    name: 'factor' | 'low_freq_factor' | 'high_freq_factor' | 'original_max_position_embeddings',
  ): number => {
    const value = json[name];
    if (value === undefined)
      problems.push({
        what: `missing ${name}`,
        where: `${where}: ${key}.${name}`,
        expected: `a number, since rope_type is "${type}"`,
      });
    return value ?? 1;
  };
  switch (type) {
    case 'default':
      return { type, theta };
    case 'linear':
      return { type, theta, factor: number('factor') };
    case 'llama3':
      return {
        type,
        theta,
        factor: number('factor'),
        lowFreqFactor: number('low_freq_factor'),
        highFreqFactor: number('high_freq_factor'),
        originalMaxPositions: number('original_max_position_embeddings'),
      };
    default:
      problems.push({
        what: 'unsupported rope_type',
        where: `${where}: ${key}.rope_type`,
        got: JSON.stringify(type),
        expected: '"default", "linear" or "llama3"',
      });
      return { type: 'default', theta };
  }
}
