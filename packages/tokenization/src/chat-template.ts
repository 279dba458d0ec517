import { Template as JinjaTemplate } from '@huggingface/jinja';
import type { Turn } from '@moslora/specs';
import type { Tokenizer } from './tokenizer';

/**
 * What the model's own chat template makes of turns, with the opening of an answer after a last user turn.
 * @throws Error of the template (many refuse orders of turns they don't know), or when the tokenizer has none.
 */
export function renderChatTemplate(tokenizer: Tokenizer, turns: readonly Turn[]): string {
  if (tokenizer.chatTemplate === undefined) throw new Error(`${tokenizer.path} has no chat template`);
  return new JinjaTemplate(tokenizer.chatTemplate).render({
    messages: turns.map(({ role, text }) => ({ role, content: text })),
    add_generation_prompt: turns.at(-1)?.role === 'user',
    bos_token: tokenizer.bosToken ?? '',
    eos_token: tokenizer.endId === undefined ? '' : (tokenizer.token(tokenizer.endId) ?? ''),
  });
}
