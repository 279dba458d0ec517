import type { Problem, Turn } from '@moslora/specs';

/** What speakers are called, and the roles they have. */
export type Speakers = Readonly<Record<string, Turn['role']>>;

/** LLaVA's own. */
export const llavaSpeakers: Speakers = { human: 'user', gpt: 'assistant', system: 'system' };
/** With the names that ShareGPT's exports use beside them. */
export const allSpeakers: Speakers = {
  ...llavaSpeakers,
  user: 'user',
  assistant: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  model: 'assistant',
};

/** A list of `{ from, value }` as turns, and what is wrong with it. */
export function conversationTurns(list: unknown, speakers: Speakers): { turns: Turn[]; problems: Problem[] } {
  if (!Array.isArray(list) || list.length === 0)
    return {
      turns: [],
      problems: [
        { what: '`conversations` is no list of turns', got: kindOf(list), expected: 'a list of { from, value }' },
      ],
    };
  const problems: Problem[] = [];
  const turns = list.flatMap((entry: unknown, index): Turn[] => {
    const { from, value } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    const role = typeof from === 'string' ? speakers[from.toLowerCase()] : undefined;
    const where = `conversations[${index}]`;
    if (role === undefined)
      problems.push({
        what: 'a turn has no known speaker',
        where: `${where}.from`,
        got: JSON.stringify(from) ?? 'nothing',
        expected: `one of ${Object.keys(speakers).join(', ')}`,
      });
    if (typeof value !== 'string')
      problems.push({ what: 'a turn has no text', where: `${where}.value`, got: kindOf(value), expected: 'a text' });
    return role !== undefined && typeof value === 'string' ? [{ role, text: value.trim() }] : [];
  });
  return { turns, problems };
}

/** What a value is, in a word. */
export function kindOf(value: unknown): string {
  return value === undefined
    ? 'nothing'
    : value === null
      ? 'null'
      : Array.isArray(value)
        ? `a list of ${value.length}`
        : `a ${typeof value}`;
}
