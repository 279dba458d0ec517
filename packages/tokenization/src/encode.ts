import { fail, IMAGE_MARKER } from '@moslora/specs';
import type { Turn } from '@moslora/specs';
import { IGNORE_INDEX, IMAGE_TOKEN_INDEX } from './picture-slots';
import { segments } from './segments';
import type { Segment, SegmentOptions } from './segments';
import { isChatTemplate, type Template } from './template';
import type { Tokenizer } from './tokenizer';

/** T ids and T labels: a label is its id where trained, else -100; a picture slot is one id -200. */
export interface EncodedConversation {
  inputIds: number[];
  labels: number[];
  /** Which branch each id belongs to, where conversations share a prefix; see `sharePrefix`. */
  branches?: number[];
}

/**
 * A conversation as ids and labels, segment by segment: answers with their suffix are trained, everything else is masked.
 * Each segment is tokenised by itself and each stretch between picture slots too, so labels can never shift against ids.
 * @throws UserError naming the sample: turns that don't fit, pictures and markers that differ in number, nothing to train.
 */
export function encodeConversation(
  tokenizer: Tokenizer,
  template: Template,
  turns: readonly Turn[],
  options: SegmentOptions = {},
): EncodedConversation {
  const { inputIds, labels } = encodeSegments(tokenizer, template, segments(template, turns, options));
  if (labels.every((label) => label === IGNORE_INDEX)) {
    fail({
      what: 'nothing to train in this sample',
      ...(options.sampleId === undefined ? {} : { where: `sample ${options.sampleId}` }),
      got: `${turns.length} turn(s), the last of role ${turns.at(-1)?.role ?? '(none)'}`,
      expected: 'at least one assistant turn',
    });
  }
  return { inputIds, labels };
}

/**
 * A prompt as ids, ending where the answer starts: the same ids {@link encodeConversation} gives the conversation up to there.
 * @throws UserError when the last turn is not the user's.
 */
export function encodePrompt(
  tokenizer: Tokenizer,
  template: Template,
  turns: readonly Turn[],
  options: SegmentOptions = {},
): number[] {
  if (turns.at(-1)?.role !== 'user') {
    fail({
      what: 'a prompt must end with a user turn',
      ...(options.sampleId === undefined ? {} : { where: `sample ${options.sampleId}` }),
      got: turns.map((turn) => turn.role).join(', ') || 'no turns',
    });
  }
  return encodeSegments(tokenizer, template, segments(template, turns, options)).inputIds;
}

function encodeSegments(tokenizer: Tokenizer, template: Template, parts: readonly Segment[]): EncodedConversation {
  const encoded = parts.map(({ text, trained }) => ({
    ids: trained ? tokenizer.encode(text) : encodeWithSlots(tokenizer, text),
    trained,
  }));
  const inputIds: number[] = leadingIds(tokenizer, template, encoded[0]?.ids[0]);
  const labels: number[] = inputIds.map(() => IGNORE_INDEX);
  for (const { ids, trained } of encoded) {
    for (const id of ids) {
      inputIds.push(id);
      labels.push(trained ? id : IGNORE_INDEX);
    }
  }
  return { inputIds, labels };
}

/** A text's ids with -200 for every `<image>`; the stretches between are tokenised by themselves, as LLaVA does. */
function encodeWithSlots(tokenizer: Tokenizer, text: string): number[] {
  return text
    .split(IMAGE_MARKER)
    .flatMap((part, i) => [...(i > 0 ? [IMAGE_TOKEN_INDEX] : []), ...tokenizer.encode(part)]);
}

function leadingIds(tokenizer: Tokenizer, template: Template, first: number | undefined): number[] {
  const own = tokenizer.leadingId === undefined ? [] : [tokenizer.leadingId];
  // As transformers' processors do: a chat template that says the first token itself needs no other.
  if (isChatTemplate(template)) return first === own[0] ? [] : own;
  if (template.bos === undefined) return [];
  if (template.bos === 'auto') return own;
  const id = tokenizer.id(template.bos);
  if (id === undefined) {
    fail({
      what: `the tokenizer has no token ${template.bos}, with which the template ${template.name} starts`,
      where: tokenizer.path,
      fix: 'choose the template that goes with this tokenizer',
    });
  }
  return [id];
}
