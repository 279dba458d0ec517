import { fail, type Turn } from '@moslora/specs';
import { normaliseSlots } from '../picture-slots';
import type { Segment } from '../segments';
import type { ChatTemplate } from '../template';
import { piecesOf, type ChatPieces } from './chat-pieces';

/**
 * Turns as segments of a model's own chat template. A system turn without text is left out. An answer begins where the template
 * opens it for generation, and ends with the suffix.
 * @throws UserError naming the sample, where the template refuses the turns
 */
export function chatSegments(template: ChatTemplate, given: readonly Turn[], sampleId?: string): Segment[] {
  const turns = given.filter(({ role, text }) => role !== 'system' || text !== '');
  const { before, after, opening, trimmed } = pieces(template, turns, sampleId);
  const segments: Segment[] = [];
  let masked = '';
  turns.forEach(({ role, text }, index) => {
    const piece = masked + before[index]!;
    const said = trimmed[index] ? text.trim() : text;
    if (role !== 'assistant') {
      masked = piece + (role === 'user' ? normaliseSlots(said) : said);
      return;
    }
    // What the template puts between the opening it gives a model and the answer, the model has to say.
    const opened = opening === '' ? -1 : piece.lastIndexOf(opening);
    const start = opened < 0 ? piece.length : opened + opening.length;
    segments.push({ text: piece.slice(0, start), trained: false });
    segments.push({ text: piece.slice(start) + said + template.suffix, trained: true });
    masked = '';
  });
  masked += after;
  return masked === '' ? segments : [...segments, { text: masked, trained: false }];
}

function pieces(template: ChatTemplate, turns: readonly Turn[], sampleId: string | undefined): ChatPieces {
  const roles = turns.map(({ role }) => role);
  try {
    return piecesOf(template, roles);
  } catch (error) {
    return fail({
      what: `the chat template ${template.name} does not render these turns`,
      ...(sampleId === undefined ? {} : { where: `sample ${sampleId}` }),
      got: `${roles.join(', ') || 'no turns'}: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'name another template, or bring the turns into the order that this one knows',
    });
  }
}
