import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { issueProblems, readJson } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import { z } from 'zod';
import type { SamplingOptions } from './settings';

const ids = z.union([z.int(), z.array(z.int())]).nullish();
const stopIds = z.looseObject({ eos_token_id: ids });
const configSchema = z.looseObject({ eos_token_id: ids, text_config: stopIds.nullish() });

const generationSchema = z.looseObject({
  eos_token_id: ids,
  do_sample: z.boolean().nullish(),
  temperature: z.number().nullish(),
  top_k: z.int().nullish(),
  top_p: z.number().nullish(),
  min_p: z.number().nullish(),
  repetition_penalty: z.number().nullish(),
  max_new_tokens: z.int().nullish(),
  max_length: z.int().nullish(),
  stop_strings: z.union([z.string(), z.array(z.string())]).nullish(),
});

/** Settings of other ways to generate, with the values at which they do nothing. */
const NEUTRAL: Record<string, readonly unknown[]> = {
  num_beams: [1],
  num_beam_groups: [1],
  num_return_sequences: [1],
  penalty_alpha: [0],
  typical_p: [1],
  top_h: [],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  no_repeat_ngram_size: [0],
  encoder_repetition_penalty: [1],
  encoder_no_repeat_ngram_size: [0],
  min_length: [0],
  min_new_tokens: [0],
  guidance_scale: [1],
  bad_words_ids: [],
  sequence_bias: [],
  suppress_tokens: [],
  begin_suppress_tokens: [],
  forced_bos_token_id: [],
  forced_eos_token_id: [],
  exponential_decay_length_penalty: [],
  watermarking_config: [],
};

/** How a model's authors want it to generate. */
export interface GenerationDefaults {
  sampling: SamplingOptions;
  /** Ids that end an answer. */
  stop: number[];
  stopStrings: string[];
  maxNewTokens: number | undefined;
  maxLength: number | undefined;
}

/**
 * What a Hugging Face folder says of generation: its generation_config.json, and for what that leaves out (or where there is none) the
 * end ids of config.json.
 * @throws UserError listing every value that is malformed or asks for a way to generate that there is not, such as beams
 */
export function readGenerationDefaults(dir: string): GenerationDefaults {
  const path = join(dir, 'generation_config.json');
  const model = join(dir, 'config.json');
  const raw = existsSync(path) ? parse(path) : {};
  const config = existsSync(model) ? readJson(model, configSchema) : {};
  const end = raw.eos_token_id ?? config.eos_token_id ?? config.text_config?.eos_token_id ?? [];
  return {
    sampling: {
      doSample: raw.do_sample ?? undefined,
      temperature: raw.temperature ?? undefined,
      topK: raw.top_k ?? undefined,
      topP: raw.top_p ?? undefined,
      minP: raw.min_p ?? undefined,
      repetitionPenalty: raw.repetition_penalty ?? undefined,
    },
    stop: [end].flat(),
    stopStrings: [raw.stop_strings ?? []].flat(),
    maxNewTokens: raw.max_new_tokens ?? undefined,
    maxLength: raw.max_length ?? undefined,
  };
}

function parse(path: string): z.infer<typeof generationSchema> {
  const json = readJson(path, z.record(z.string(), z.unknown()));
  const parsed = generationSchema.safeParse(json);
  if (!parsed.success) return fail(issueProblems(parsed.error, path, json));
  const problems = Object.entries(NEUTRAL).flatMap(([key, neutral]): Problem[] => {
    const value = json[key] ?? null;
    if (value === null || neutral.includes(value) || (Array.isArray(value) && value.length === 0)) return [];
    const expected = neutral.length > 0 ? neutral.join(' or ') : 'to be left out';
    return [
      {
        what: `unsupported ${key}`,
        where: `${path}: ${key}`,
        got: JSON.stringify(value),
        expected,
        fix: 'greedy, temperature, top-k, top-p, min-p and a repetition penalty are there; take the key out to use those',
      },
    ];
  });
  if (problems.length > 0) fail(problems);
  // Greedy files carry temperatures such as 0 that nothing reads.
  return parsed.data.do_sample ? parsed.data : { ...parsed.data, temperature: undefined };
}
