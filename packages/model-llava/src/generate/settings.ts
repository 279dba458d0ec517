import { fail, type Problem } from '@moslora/specs';
import { z } from 'zod';

const share = 'a number from 0 to 1';

/** How the next token is chosen: transformers' settings of the same names, with its defaults. */
export const samplingSchema = z.strictObject({
  doSample: z.boolean().default(false).describe('draw from the distribution; else the likeliest token (greedy)'),
  temperature: z
    .number()
    .positive('a number above 0')
    .default(1)
    .describe('logits are divided by it; only where tokens are drawn'),
  topK: z
    .int('a whole number')
    .nonnegative('0 or more')
    .default(50)
    .describe('draw among the likeliest k (and those as likely as the last); 0: all'),
  topP: z
    .number()
    .min(0, share)
    .max(1, share)
    .default(1)
    .describe('draw among the fewest tokens that hold this probability'),
  minP: z
    .number()
    .min(0, share)
    .max(1, share)
    .optional()
    .describe('leave out what is less likely than this share of the likeliest'),
  repetitionPenalty: z
    .number()
    .positive('a number above 0')
    .default(1)
    .describe('positive logits of tokens of the prompt and the answer are divided by it, negative ones multiplied'),
  seed: z.union([z.number(), z.string()]).default(0).describe('a prompt drawn with the same seed gets the same answer'),
});

/** How the next token is chosen, all settled. */
export type Sampling = z.infer<typeof samplingSchema>;
export type SamplingOptions = z.input<typeof samplingSchema>;

/**
 * Settings with their defaults.
 * @throws UserError listing every value out of range
 */
export function settleSampling(options: SamplingOptions): Sampling {
  const parsed = samplingSchema.safeParse(withoutUndefined(options));
  if (parsed.success) return parsed.data;
  const given = options as Record<string, unknown>;
  return fail(
    parsed.error.issues.map((issue): Problem => {
      const key = String(issue.path[0] ?? '');
      const greedy = key === 'temperature' ? { fix: 'for the likeliest token leave doSample off' } : {};
      return {
        what: `Generation cannot use this ${key}`,
        got: JSON.stringify(given[key]),
        expected: issue.message,
        ...greedy,
      };
    }),
  );
}

/** Whether the likeliest token is taken as the model gives it: nothing to be worked out on the host. */
export function isPlainGreedy({ doSample, repetitionPenalty }: Sampling): boolean {
  return !doSample && repetitionPenalty === 1;
}

function withoutUndefined(options: SamplingOptions): SamplingOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
