import { z } from 'zod';

/**
 * How turns become one text. Every piece is tokenised by itself (labels then never depend on what tokens merge across a border):
 *
 *     [bos] [system + user] [answer + suffix] [separator] [user] [answer + suffix] [separator] …
 *
 * Of these only `answer + suffix` is trained. `{s}` and `{q}` stand for the system text and the user's text with its picture slots;
 * `{i}` for the user's picture slots alone (LLaVA's stage 1 throws the text away).
 */
const markerTemplateSchema = z.strictObject({
  name: z.string().min(1).describe('how configurations refer to it'),
  bos: z.string().optional().describe('token put first; `auto`: what the tokenizer itself puts first, if anything'),
  system: z
    .string()
    .includes('{s}')
    .optional()
    .describe('around the system text `{s}`; without it system turns are refused'),
  defaultSystem: z
    .string()
    .optional()
    .describe("system text of conversations without a system turn; a system turn with '' switches it off"),
  user: z
    .string()
    .regex(/\{[qi]\}/)
    .describe('around the user text `{q}`, up to where the answer starts; or `{i}`, its picture slots alone'),
  suffix: z.string().min(1).describe('ends an answer; trained'),
  separator: z.string().default('').describe('between an answer and the next turn; not trained'),
  stop: z.array(z.string().min(1)).default([]).describe('tokens or texts that end a generated answer'),
});
export type MarkerTemplate = z.infer<typeof markerTemplateSchema>;

/**
 * A model's own chat template, in Jinja. Where its pieces lie between the turns' texts is found by rendering it, so it masks and
 * trains as the others do: `answer + suffix` is trained, and what stands between the answer's opening and its text.
 */
const chatTemplateSchema = z.strictObject({
  name: z.string().min(1).describe('how configurations refer to it'),
  jinja: z.string().min(1).describe('renders `messages`, with the opening of an answer where `add_generation_prompt`'),
  content: z
    .enum(['text', 'parts'])
    .default('text')
    .describe("whether a message's content is a text or a list of parts"),
  bosToken: z.string().default('').describe('what the template calls `bos_token`'),
  eosToken: z.string().default('').describe('what it calls `eos_token`'),
  variables: z.record(z.string(), z.unknown()).default({}).describe('what else the template is given'),
  suffix: z.string().min(1).describe('ends an answer; trained, also where the template leaves it out'),
  stop: z.array(z.string().min(1)).default([]).describe('tokens or texts that end a generated answer'),
});
export type ChatTemplate = z.infer<typeof chatTemplateSchema>;

export const templateSchema = z.union([markerTemplateSchema, chatTemplateSchema]);
export type Template = MarkerTemplate | ChatTemplate;

/** Whether a template is a model's own, in Jinja. */
export function isChatTemplate(template: Template): template is ChatTemplate {
  return 'jinja' in template;
}
