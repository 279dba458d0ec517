import type { Problem, Turn } from '@moslora/specs';
import { allSpeakers, conversationTurns, kindOf } from './conversations';
import { messageTurns } from './message-turns';
import { withSlots, type RowContent } from './sample-of-row';

/** Pictures that a row lists beside its turns, under `image` or `images`. */
export function listedPictures(row: Record<string, unknown>): unknown[] {
  const value = row['images'] ?? row['image'];
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * What a row of any layout holds: `conversations`, `messages`, `texts` (`[{ user, assistant }]`, as The Cauldron has it), or a `question` with its
 * `answer`, or a `caption` alone. The last three have no slots of their own: the pictures go first.
 */
export function rowContent(row: Record<string, unknown>): RowContent {
  const pictures = listedPictures(row);
  if (row['conversations'] !== undefined) return { ...conversationTurns(row['conversations'], allSpeakers), pictures };
  if (row['messages'] !== undefined) {
    const content = messageTurns(row['messages']);
    return { ...content, pictures: content.pictures.length > 0 ? content.pictures : pictures };
  }
  const pairs = pairsOf(row);
  if (pairs === undefined) {
    const expected = '`conversations`, `messages`, `texts`, `question` with `answer`, or `caption`';
    const got = Object.keys(row).join(', ') || 'nothing';
    return { turns: [], pictures, problems: [{ what: 'the row holds no conversation', got, expected }] };
  }
  const problems: Problem[] = [];
  const turns = pairs.flatMap(([asked, said], index): Turn[] => {
    const question = textOf(asked, problems);
    const text = index === 0 ? withSlots(question, pictures.length) : question;
    return [
      { role: 'user', text },
      { role: 'assistant', text: textOf(said, problems) },
    ];
  });
  return { turns, pictures, problems };
}

type Pair = [question: unknown, answer: unknown];

function pairsOf(row: Record<string, unknown>): Pair[] | undefined {
  const { texts, question, query, answer, label, caption, text } = row;
  if (Array.isArray(texts)) {
    return texts.map((each: unknown): Pair => {
      const { user, assistant } = (each ?? {}) as Record<string, unknown>;
      return [user, assistant];
    });
  }
  const asked = question ?? query;
  const said = answer ?? label;
  if (asked !== undefined && said !== undefined) return [[asked, Array.isArray(said) ? said[0] : said]];
  const told = caption ?? text;
  return told === undefined ? undefined : [['', told]];
}

function textOf(value: unknown, problems: Problem[]): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8').trim();
  problems.push({ what: 'a question or an answer is no text', got: kindOf(value), expected: 'a text' });
  return '';
}
