import { fail } from '@moslora/specs';
import { countSlots, encodePrompt, type Template, type Tokenizer } from '@moslora/tokenization';

export interface Question {
  prompt: string;
  system?: string | undefined;
  /** How many pictures it has: each where `<image>` stands, or all before it where the text has none. */
  images: number;
  /** The text is what the model continues: no template. */
  raw?: boolean | undefined;
}

/** A question as ids, and the texts that end an answer to it. @param templateOf is not asked where the text is raw */
export function encodeQuestion(
  tokenizer: Tokenizer,
  templateOf: () => Template,
  { prompt, system, images, raw }: Question,
): { ids: number[]; stop: string[] } {
  if (raw) {
    if (images > 0 || system !== undefined)
      fail({ what: '--raw goes without --image and --system: they stand in a template', where: 'the command line' });
    return {
      ids: [...(tokenizer.leadingId === undefined ? [] : [tokenizer.leadingId]), ...tokenizer.encode(prompt)],
      stop: [],
    };
  }
  const template = templateOf();
  const user = {
    role: 'user' as const,
    text: countSlots(prompt) > 0 ? prompt : `${'<image>\n'.repeat(images)}${prompt}`,
  };
  const turns = system === undefined ? [user] : [{ role: 'system' as const, text: system }, user];
  return { ids: encodePrompt(tokenizer, template, turns, { images }), stop: template.stop };
}
