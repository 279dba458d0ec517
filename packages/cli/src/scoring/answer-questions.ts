import type { LlavaModel } from '@moslora/model-llava';
import type { ImageRef } from '@moslora/specs';
import { encodePrompt, type Template, type Tokenizer } from '@moslora/tokenization';
import type { FeatureStore } from '../tuning/feature-store';
import type { AnswerLog } from './answer-log';

/** One question as text, with its picture. */
export interface Question {
  key: string;
  text: string;
  image: ImageRef;
}

export interface AnswerOptions {
  model: LlavaModel;
  tokenizer: Tokenizer;
  template: Template;
  system: string | undefined;
  /** Blank for a control that is to answer from the text alone. */
  features: FeatureStore;
  maxNewTokens: number;
  batchSize: number;
  signal: AbortSignal;
  onProgress(done: number): void;
}

/** Answers greedily what the log does not hold yet, questions of like length together. */
export async function answerQuestions(
  questions: readonly Question[],
  log: AnswerLog,
  options: AnswerOptions,
): Promise<void> {
  const { tokenizer, template, system, batchSize } = options;
  const open = questions
    .filter(({ key }) => !log.has(key))
    .map((question) => {
      const user = { role: 'user' as const, text: `<image>\n${question.text}` };
      const turns = system === undefined ? [user] : [{ role: 'system' as const, text: system }, user];
      return { question, prompt: encodePrompt(tokenizer, template, turns, { sampleId: question.key, images: 1 }) };
    })
    .sort((a, b) => a.prompt.length - b.prompt.length);
  const stop = stopIds(tokenizer, template);
  for (let start = 0; start < open.length && !options.signal.aborted; start += batchSize) {
    const batch = open.slice(start, start + batchSize);
    const features = options.features.read(batch.map(({ question }) => question)); // (P, N, D)
    const prompts = batch.map(({ prompt }) => prompt);
    const answers = await options.model.generate(prompts, { features }, { maxNewTokens: options.maxNewTokens, stop });
    features.dispose();
    log.add(
      batch.map(({ question }, index) => ({
        key: question.key,
        answer: readableAnswer(tokenizer, template, answers[index] ?? [], stop),
      })),
    );
    options.onProgress(questions.length - open.length + start + batch.length);
    // Lets signals in between batches.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Ids that end an answer: the template's stop texts that are single tokens. */
export function stopIds(tokenizer: Tokenizer, template: Template): number[] {
  return template.stop.flatMap((text) => {
    const ids = tokenizer.encode(text);
    return ids.length === 1 ? ids : [];
  });
}

/** The answer as text: without stop ids, and cut at a stop text that is no single token. */
export function readableAnswer(
  tokenizer: Tokenizer,
  template: Template,
  ids: readonly number[],
  stop: readonly number[],
): string {
  const text = tokenizer.decode(ids.filter((id) => !stop.includes(id)));
  const ends = template.stop.map((marker) => text.indexOf(marker)).filter((index) => index >= 0);
  return text.slice(0, Math.min(text.length, ...ends)).trim();
}
