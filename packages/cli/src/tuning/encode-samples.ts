import { fail, IMAGE_MARKER, type Problem, type Sample, type Turn, UserError } from '@moslora/specs';
import {
  encodeConversation,
  sharePrefix,
  type EncodedConversation,
  type Template,
  type Tokenizer,
} from '@moslora/tokenization';

export interface EncodeOptions {
  tokenizer: Tokenizer;
  template: Template;
  /** System turn put before conversations that have none; undefined leaves the template's own default. */
  system: string | undefined;
  /** Whether a question sees the turns before it, or only what all turns share: its picture and system text. */
  turns: 'chained' | 'independent';
}

/** A sample with its ids and labels. */
export interface EncodedSample {
  sample: Sample;
  encoded: EncodedConversation;
}

/** A sample as ids and labels. @throws UserError naming it, where it cannot be cut into tokens, or has nothing to train or an empty answer */
export function encodeSample(
  sample: Sample,
  { tokenizer, template, system, turns: manner }: EncodeOptions,
): EncodedSample {
  refuseEmptyAnswers(sample);
  const hasSystem = sample.turns[0]?.role === 'system';
  const turns =
    system === undefined || hasSystem ? sample.turns : [{ role: 'system' as const, text: system }, ...sample.turns];
  const options = { sampleId: sample.id, images: sample.images.length };
  const encode = (each: readonly Turn[]): EncodedConversation => encodeConversation(tokenizer, template, each, options);
  return { sample, encoded: manner === 'chained' ? encode(turns) : sharePrefix(singleTurns(turns).map(encode)) };
}

/** An answer without text would teach the model to say nothing. */
function refuseEmptyAnswers({ id, turns }: Sample): void {
  const empty = turns.flatMap(({ role, text }, index) =>
    role === 'assistant' && text.trim() === '' ? [index + 1] : [],
  );
  if (empty.length === 0) return;
  fail({
    what: 'an answer is empty',
    where: `sample ${id}`,
    got: `no text in turn ${empty.join(', ')} of ${turns.length}`,
    fix: 'mend the answer, or take the sample out of the data',
  });
}

/** All samples that can be encoded, and what is wrong with each of the others. */
export function encodeSamples(
  samples: readonly Sample[],
  options: EncodeOptions,
): { encoded: EncodedSample[]; broken: { id: string; problems: readonly Problem[] }[] } {
  const broken: { id: string; problems: readonly Problem[] }[] = [];
  const encoded = samples.flatMap((sample) => {
    try {
      return [encodeSample(sample, options)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      broken.push({ id: sample.id, problems: error.problems });
      return [];
    }
  });
  return { encoded, broken };
}

/** Every question of a conversation as a conversation of its own, with the system text and the pictures of the whole. */
function singleTurns(turns: readonly Turn[]): Turn[][] {
  const system = turns.filter(({ role }) => role === 'system');
  const slots = turns.reduce((count, { text }) => count + text.split(IMAGE_MARKER).length - 1, 0);
  const pictures = Array.from({ length: slots }, () => `${IMAGE_MARKER}\n`).join('');
  const rest = turns.filter(({ role }) => role !== 'system');
  return Array.from({ length: Math.ceil(rest.length / 2) }, (_, index) => {
    const [question, ...answer] = rest.slice(2 * index, 2 * index + 2) as [Turn, ...Turn[]];
    const text = question.text.replaceAll(IMAGE_MARKER, '').trimStart();
    return [...system, { ...question, text: pictures + text }, ...answer];
  });
}
