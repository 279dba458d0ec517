import { Template as Jinja } from '@huggingface/jinja';
import type { Turn } from '@moslora/specs';
import type { ChatTemplate } from '../template';

/** What of a chat template decides what it renders. */
export type Renderable = Pick<ChatTemplate, 'jinja' | 'content' | 'bosToken' | 'eosToken' | 'variables'>;

/** Compiled templates by their source. */
const compiled = new Map<string, Jinja>();

/**
 * What a chat template makes of turns.
 * @param options.open whether the opening of an answer follows
 * @throws Error of the template (many refuse orders of turns they don't know)
 */
export function renderChat(
  { jinja, content, bosToken, eosToken, variables }: Renderable,
  turns: readonly Turn[],
  { open }: { open: boolean },
): string {
  const template = compiled.get(jinja) ?? new Jinja(jinja);
  compiled.set(jinja, template);
  return template.render({
    ...variables,
    messages: turns.map(({ role, text }) => ({ role, content: content === 'text' ? text : [{ type: 'text', text }] })),
    add_generation_prompt: open,
    bos_token: bosToken,
    eos_token: eosToken,
  });
}
