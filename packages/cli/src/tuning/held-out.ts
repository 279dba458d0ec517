import { generateTexts, type LlavaModel, type LlavaBatch } from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import type { Sample, Turn, ValidationConfig, ValidationExample } from '@moslora/specs';
import { encodePrompt, type Template, type Tokenizer } from '@moslora/tokenization';
import type { BatchSource, Validation } from '@moslora/training';
import type { PictureFeatures } from './conversation-source';
import { keptPictures } from './validation-pictures';

/** Held-out conversations of a tuning stage, cut into tokens as the training data are. */
export interface HeldOut {
  config: ValidationConfig;
  source: BatchSource<LlavaBatch>;
  samples: readonly Sample[];
  features: PictureFeatures;
  tokenizer: Tokenizer;
  template: Template;
  system: string | undefined;
  /** The run's folder, which gets the pictures of the questions. */
  folder: string;
}

/** The validation of a model by held-out conversations: their loss, and greedy answers to the first questions of some. */
export function validationOf(model: LlavaModel, heldOut: HeldOut | undefined): Validation<LlavaBatch> | undefined {
  if (!heldOut) return undefined;
  const { config, source, samples } = heldOut;
  const { every, take, earlyStop } = config;
  const asked = samples.slice(0, config.samples).flatMap(firstQuestion);
  const settings = { every, take, ...(earlyStop && { earlyStop }) };
  if (asked.length === 0) return { source, settings };
  const examples = async (): Promise<ValidationExample[]> => {
    const answered: ValidationExample[] = [];
    for (const [i, question] of asked.entries()) {
      const pictures = await keptPictures(heldOut.folder, i, question.sample);
      answered.push({ ...(await answer(model, heldOut, question)), ...(pictures.length > 0 && { pictures }) });
    }
    return answered;
  };
  return { source, settings, examples };
}

interface Question {
  sample: Sample;
  /** What comes before the question, and the question. */
  turns: Turn[];
  expected: string;
}

function firstQuestion(sample: Sample): Question[] {
  const at = sample.turns.findIndex(({ role }) => role === 'assistant');
  return at < 0 ? [] : [{ sample, turns: sample.turns.slice(0, at), expected: sample.turns[at]!.text }];
}

/** One at a time: a picture too many would cost memory that training has not left. */
async function answer(model: LlavaModel, heldOut: HeldOut, { sample, turns, expected }: Question) {
  const { tokenizer, template, system, features, config } = heldOut;
  const whole =
    system === undefined || turns[0]?.role === 'system' ? turns : [{ role: 'system' as const, text: system }, ...turns];
  const prompt = encodePrompt(tokenizer, template, whole, { sampleId: sample.id, images: sample.images.length });
  const pictures = sample.images.map((image) => ({ image, sample: sample.id }));
  const seen = pictures.length > 0 ? { features: await features.read(pictures) } : {};
  const options = { maxNewTokens: config.maxNewTokens, stopStrings: template.stop };
  const [given] = await generateTexts(model, tokenizer, [prompt], seen, options);
  if (seen.features) tf.dispose(seen.features);
  const question = turns.at(-1)?.text ?? '';
  return { sample: sample.id, question, expected, answer: given!.text.trim() };
}
