import { z } from 'zod';

const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z.string().describe('data:image/…;base64,…, or a place that the server was told to allow'),
    detail: z.string().nullish().describe('taken and not used: a picture has one size here'),
  }),
});
const parts = z.array(z.discriminatedUnion('type', [textPart, imagePart])).min(1, 'at least one part');
export type ContentPart = z.infer<typeof textPart> | z.infer<typeof imagePart>;

/** A text, or parts; its problems are those of what was meant. */
const content = z.unknown().transform((value, context): ContentPart[] => {
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  const parsed = Array.isArray(value) ? parts.safeParse(value) : undefined;
  if (parsed?.success) return parsed.data;
  if (!parsed) context.addIssue({ code: 'custom', message: 'expected a text, or a list of text and image_url parts' });
  else
    for (const issue of parsed.error.issues)
      context.addIssue({ code: 'custom', message: issue.message, path: issue.path });
  return z.NEVER;
});

const message = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content,
  name: z.string().nullish().describe('taken and not used'),
  refusal: z.null().optional(),
});
export type ChatMessage = z.infer<typeof message>;

/** A parameter that is taken where it asks for nothing. */
const nothing = <T extends z.ZodType>(neutral: T): z.ZodOptional<z.ZodNullable<T>> => neutral.nullish();

/** The body of POST /v1/chat/completions: OpenAI's names, and a few more that vLLM has too. */
export const chatRequestSchema = z.strictObject({
  model: z.string().min(1),
  messages: z.array(message).min(1, 'at least one message'),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullish()
    .describe('0, the default: the likeliest token, as models are evaluated'),
  top_p: z.number().gt(0).max(1).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish().describe('goes before max_tokens'),
  stop: z
    .union(
      [z.string().min(1), z.array(z.string().min(1)).max(4)],
      'expected a text that is not empty, or up to 4 of them',
    )
    .nullish(),
  seed: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().nullish() }).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  top_k: z.int().nonnegative().nullish().describe('draw among the likeliest; 0, the default: all'),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  user: z.string().nullish().describe('taken and not used'),
  n: nothing(z.literal(1, 'a request has one answer: 1 or left out')),
  frequency_penalty: nothing(z.literal(0, 'not there: 0 or left out; there is repetition_penalty')),
  presence_penalty: nothing(z.literal(0, 'not there: 0 or left out; there is repetition_penalty')),
  response_format: nothing(z.strictObject({ type: z.literal('text', 'answers are text: "text" or left out') })),
  logit_bias: nothing(z.strictObject({}, 'not there: {} or left out')),
  tools: nothing(z.array(z.unknown()).max(0, 'models call no tools here: [] or left out')),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;
