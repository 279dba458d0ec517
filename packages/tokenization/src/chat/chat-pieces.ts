import type { Turn } from '@moslora/specs';
import type { ChatTemplate } from '../template';
import { renderChat } from './render-chat';

/** What a chat template puts around the texts of turns, whatever they say. */
export interface ChatPieces {
  /** Before each turn's text; an answer's suffix is taken off what follows it. */
  before: string[];
  /** After the last text; after a user's, the opening of an answer is its end. */
  after: string;
  /** What a model is given to go on from, after what ends the user's turn: `<|im_start|>assistant\n`. */
  opening: string;
  /** Whether the template trims a turn's text. */
  trimmed: boolean[];
}

const known = new WeakMap<ChatTemplate, Map<string, ChatPieces>>();

/** The pieces for turns of these roles, found once by rendering marks for texts. @throws Error where each text is not said just once */
export function piecesOf(template: ChatTemplate, roles: readonly Turn['role'][]): ChatPieces {
  const ofTemplate = known.get(template) ?? new Map<string, ChatPieces>();
  known.set(template, ofTemplate);
  const key = roles.join();
  const pieces = ofTemplate.get(key) ?? findPieces(template, roles);
  ofTemplate.set(key, pieces);
  return pieces;
}

function findPieces(template: ChatTemplate, roles: readonly Turn['role'][]): ChatPieces {
  const [after = '', ...backwards] = around(template, roles, roles.at(-1) === 'user').reverse();
  const before = backwards.reverse();
  const end = (piece: string, index: number): string =>
    roles[index] === 'assistant' && piece.startsWith(template.suffix) ? piece.slice(template.suffix.length) : piece;
  return {
    before: before.map((piece, index) => end(piece, index - 1)),
    after: end(after, roles.length - 1),
    opening: answerOpening(template, roles),
    trimmed: trimming(template, roles),
  };
}

/** Stands for turn k's text. */
const mark = (index: number): string => `@@${index}@@`;
const marked = (roles: readonly Turn['role'][], blank = ''): Turn[] =>
  roles.map((role, index) => ({ role, text: blank + mark(index) + blank }));

/** What stands before, between and after the texts: one piece more than there are turns. */
function around(template: ChatTemplate, roles: readonly Turn['role'][], open: boolean): string[] {
  let rest = renderChat(template, marked(roles), { open });
  const pieces = roles.map((role, index) => {
    const [before = '', ...after] = rest.split(mark(index));
    if (after.length !== 1) throw new Error(`turn ${index + 1} (${role}) is said ${after.length} times`);
    rest = after[0]!;
    return before;
  });
  return [...pieces, rest];
}

function answerOpening(template: ChatTemplate, roles: readonly Turn['role'][]): string {
  const asked = roles.slice(0, roles.indexOf('user') + 1);
  if (asked.length === 0) return '';
  const closed = around(template, asked, false).at(-1) ?? '';
  const open = around(template, asked, true).at(-1) ?? '';
  return open.startsWith(closed) ? open.slice(closed.length) : '';
}

function trimming(template: ChatTemplate, roles: readonly Turn['role'][]): boolean[] {
  const blank = ' \n ';
  const rendered = renderChat(template, marked(roles, blank), { open: false });
  return roles.map((_, index) => !rendered.includes(blank + mark(index) + blank));
}
