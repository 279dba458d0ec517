import { fail, IMAGE_MARKER } from '@moslora/specs';
import type { Problem, Turn } from '@moslora/specs';
import { countSlots, normaliseSlots } from './picture-slots';
import { chatSegments } from './chat/chat-segments';
import { isChatTemplate, type MarkerTemplate, type Template } from './template';

/** A stretch of text that is tokenised by itself. */
export interface Segment {
  text: string;
  trained: boolean;
}

export interface SegmentOptions {
  /** Named in errors. */
  sampleId?: string;
  /** Pictures the sample has; checked against the `<image>` markers when given. */
  images?: number;
}

/**
 * Turns as the template's segments (see {@link Template}); a conversation may start with a system turn, then user and assistant
 * alternate. Ends after an assistant turn's separator, or, for a last user turn, where the answer starts.
 * @throws UserError naming the sample: turns out of order, `<image>` outside user turns, markers and pictures that differ in number.
 */
export function segments(template: Template, turns: readonly Turn[], options: SegmentOptions = {}): Segment[] {
  const problems = turnProblems(template, turns, options);
  if (problems.length > 0) fail(problems);
  if (isChatTemplate(template)) return chatSegments(template, turns, options.sampleId);
  const first = turns[0];
  const system = first?.role === 'system' ? first.text : (template.defaultSystem ?? '');
  let opening = system === '' || template.system === undefined ? '' : fill(template.system, '{s}', system);
  const result: Segment[] = [];
  for (const turn of turns) {
    if (turn.role === 'user') {
      result.push({ text: opening + userText(template, turn.text), trained: false });
      opening = '';
    } else if (turn.role === 'assistant') {
      result.push({ text: turn.text + template.suffix, trained: true });
      if (template.separator !== '') result.push({ text: template.separator, trained: false });
    }
  }
  return result;
}

function userText(template: MarkerTemplate, text: string): string {
  const question = normaliseSlots(text);
  const slotsOnly = IMAGE_MARKER.repeat(countSlots(question));
  return fill(fill(template.user, '{i}', slotsOnly), '{q}', question);
}

/** Without `$` patterns of String.replace: texts are arbitrary. */
function fill(pattern: string, hole: string, text: string): string {
  return pattern.replace(hole, () => text);
}

function turnProblems(template: Template, turns: readonly Turn[], { sampleId, images }: SegmentOptions): Problem[] {
  const where = sampleId === undefined ? {} : { where: `sample ${sampleId}` };
  const problems: Problem[] = [];
  const rest = turns[0]?.role === 'system' ? turns.slice(1) : turns;
  const wrong = rest.findIndex((turn, i) => turn.role !== (i % 2 === 0 ? 'user' : 'assistant'));
  if (rest.length === 0 || wrong >= 0) {
    problems.push({
      what: 'the turns are out of order',
      ...where,
      got: turns.map((turn) => turn.role).join(', ') || 'no turns',
      expected: 'an optional system turn, then user and assistant in turn',
    });
  }
  if (turns[0]?.role === 'system' && turns[0].text !== '' && !isChatTemplate(template) && !template.system) {
    problems.push({
      what: `the template ${template.name} has no place for a system turn`,
      ...where,
      got: JSON.stringify(turns[0].text.slice(0, 60)),
      fix: 'drop the system turn, or choose another template',
    });
  }
  for (const turn of turns) {
    if (turn.role !== 'user' && countSlots(turn.text) > 0) {
      problems.push({
        what: `${IMAGE_MARKER} in a turn of role ${turn.role}`,
        ...where,
        got: JSON.stringify(turn.text.slice(0, 60)),
        expected: `${IMAGE_MARKER} in user turns only`,
      });
    }
  }
  const markers = turns.reduce((sum, turn) => sum + (turn.role === 'user' ? countSlots(turn.text) : 0), 0);
  if (images !== undefined && markers !== images) {
    problems.push({
      what: 'pictures and picture slots differ in number',
      ...where,
      got: `${images} picture(s), ${markers} ${IMAGE_MARKER} marker(s)`,
      expected: `one ${IMAGE_MARKER} per picture, in order`,
    });
  }
  return problems;
}
