import { fail } from '@moslora/specs';
import { z } from 'zod';

const partSchema = z.looseObject({
  type: z.string(),
  use_regex: z.boolean().optional(),
  pattern: z.looseObject({ Regex: z.string().optional() }).optional(),
});
export const preTokenizerSchema = z
  .looseObject({ ...partSchema.shape, pretokenizers: z.array(partSchema).optional() })
  .nullish();

const letters = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
const rest = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** llama.cpp's names of the ways to split a text before pairs are joined, by the expression that tokenizer.json has. */
const bySplit: Readonly<Record<string, string>> = {
  [`${letters}\\p{N}{1,3}${rest}`]: 'llama-bpe',
  [`${letters}\\p{N}${rest}`]: 'qwen2',
};

/** llama.cpp's name of how a byte-level tokenizer splits texts. @throws UserError for another way, listing the known ones */
export function preTokenizerName(pre: z.infer<typeof preTokenizerSchema>, where: string): string {
  const parts = pre?.pretokenizers ?? (pre ? [pre] : []);
  const split = parts.find(({ type }) => type === 'Split')?.pattern?.Regex;
  const name = split === undefined ? undefined : bySplit[split];
  if (name !== undefined) return name;
  const own = parts.find(({ type }) => type === 'ByteLevel')?.use_regex ?? true;
  if (parts.length === 1 && parts[0]!.type === 'ByteLevel' && own) return 'gpt-2';
  return fail({
    what: 'The tokenizer splits texts in a way that has no name in GGUF here',
    where: `${where}, pre_tokenizer`,
    got: split ?? JSON.stringify(pre),
    expected: `the expression of ${Object.values(bySplit).join(' or ')}, or ByteLevel with its own (gpt-2)`,
  });
}
