import { z } from 'zod';

/**
 * How turns become one text. Every piece is tokenised by itself (labels then never depend on what tokens merge across a border):
 *
 *     [bos] [system + user] [answer + suffix] [separator] [user] [answer + suffix] [separator] …
 *
 * Of these only `answer + suffix` is trained. `{s}` and `{q}` stand for the system text and the user's text with its picture slots;
 * `{i}` for the user's picture slots alone (LLaVA's stage 1 throws the text away).
 */
export const templateSchema = z.strictObject({
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
export type Template = z.infer<typeof templateSchema>;
