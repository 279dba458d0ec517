import { IMAGE_MARKER, type Turn } from '@moslora/specs';
import { z } from 'zod';

/** One row of LLaVA's JSON: `image` is absent for text-only rows. */
export const rowSchema = z
  .object({
    id: z.union([z.string(), z.int()]).transform(String),
    image: z.string().min(1).optional(),
    conversations: z.array(z.object({ from: z.enum(['human', 'gpt', 'system']), value: z.string() })).min(1),
  })
  .check((context) => {
    const { image, conversations } = context.value;
    const markers = conversations.reduce((sum, { value }) => sum + value.split(IMAGE_MARKER).length - 1, 0);
    const expected = image === undefined ? 0 : 1;
    if (markers !== expected) {
      const message = `${markers} ${IMAGE_MARKER} markers for ${expected} pictures`;
      context.issues.push({ code: 'custom', message, input: conversations, path: ['conversations'] });
    }
    if (!conversations.some(({ from }) => from === 'gpt')) {
      context.issues.push({
        code: 'custom',
        message: 'no answer by gpt',
        input: conversations,
        path: ['conversations'],
      });
    }
  });
export type LlavaRow = z.infer<typeof rowSchema>;

const roles = { human: 'user', gpt: 'assistant', system: 'system' } as const;

/**
 * Turns of a row: answers that stand before the first question are dropped, and the marker goes to the start of its turn, on a line of
 * its own, wherever the row has it. Without `prompts` a question is the marker alone, as in LLaVA's first stage.
 */
export function turnsOf({ conversations }: LlavaRow, prompts: boolean): Turn[] {
  const first = conversations.findIndex(({ from }) => from !== 'gpt');
  return conversations.slice(Math.max(0, first)).map(({ from, value }) => {
    if (from !== 'human' || !value.includes(IMAGE_MARKER)) return { role: roles[from], text: value.trim() };
    const text = value.replaceAll(IMAGE_MARKER, '').trim();
    return { role: 'user', text: prompts && text !== '' ? `${IMAGE_MARKER}\n${text}` : IMAGE_MARKER };
  });
}
