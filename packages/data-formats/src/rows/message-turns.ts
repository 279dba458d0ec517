import { IMAGE_MARKER, type Problem, type Turn } from '@moslora/specs';
import { kindOf } from './conversations';
import type { RowContent } from './sample-of-row';

const roles: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

/**
 * OpenAI's messages: `content` is a text, or a list of parts `{ type: text, text }` and `{ type: image_url, image_url: { url } }` (or
 * `{ type: image, image }`, as Hugging Face writes it). A picture part becomes a slot where it stands.
 */
export function messageTurns(list: unknown): RowContent {
  if (!Array.isArray(list) || list.length === 0)
    return {
      turns: [],
      pictures: [],
      problems: [
        { what: '`messages` is no list of messages', got: kindOf(list), expected: 'a list of { role, content }' },
      ],
    };
  const [turns, pictures, problems]: [Turn[], unknown[], Problem[]] = [[], [], []];
  list.forEach((message: unknown, index) => {
    const where = `messages[${index}]`;
    const { role: name, content } = (typeof message === 'object' && message !== null ? message : {}) as Record<
      string,
      unknown
    >;
    const role = typeof name === 'string' ? roles[name] : undefined;
    if (role === undefined)
      problems.push({
        what: 'a message has no known role',
        where: `${where}.role`,
        got: JSON.stringify(name) ?? 'nothing',
        expected: `one of ${Object.keys(roles).join(', ')}`,
      });
    const text = contentText(content, pictures, (problem) =>
      problems.push({ ...problem, where: `${where}.${problem.where}` }),
    );
    if (role !== undefined && text !== undefined) turns.push({ role, text });
  });
  return { turns, pictures, problems };
}

/** A content's text, with a slot for each picture, which goes to `pictures`. */
function contentText(content: unknown, pictures: unknown[], report: (problem: Problem) => void): string | undefined {
  if (typeof content === 'string') return content.trim();
  if (!Array.isArray(content)) {
    report({
      what: 'a message has no content',
      where: 'content',
      got: kindOf(content),
      expected: 'a text, or a list of parts',
    });
    return undefined;
  }
  const parts = content.map((part: unknown, index) => {
    const { type, text, image_url: url, image } = (part ?? {}) as Record<string, unknown>;
    if (type === 'text' && typeof text === 'string') return text;
    const picture =
      type === 'image_url'
        ? typeof url === 'object'
          ? (url as { url?: unknown } | null)?.url
          : url
        : type === 'image'
          ? (image ?? url)
          : undefined;
    if (picture !== undefined && picture !== null) {
      pictures.push(picture);
      return IMAGE_MARKER;
    }
    // Hugging Face's exports say only where a picture goes, and list the pictures beside the messages.
    if (type === 'image') return IMAGE_MARKER;
    report({
      what: 'a part of a message is of no known type',
      where: `content[${index}]`,
      got: JSON.stringify(type) ?? 'nothing',
      expected: 'text with `text`, image_url with `image_url.url`, or image',
    });
    return '';
  });
  return joined(parts);
}

/** Parts as one text: a slot stands on a line of its own. */
function joined(parts: readonly string[]): string {
  return parts
    .reduce(
      (text, part) =>
        text === '' || text.endsWith('\n') || part.startsWith('\n')
          ? text + part
          : part === IMAGE_MARKER || text.endsWith(IMAGE_MARKER)
            ? `${text}\n${part}`
            : text + part,
      '',
    )
    .trim();
}
