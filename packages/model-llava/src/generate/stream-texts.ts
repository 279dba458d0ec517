import type { Tokenizer } from '@moslora/tokenization';
import { AnswerText, stopIds, type Answer } from './answer-text';
import { generateTokens, type GenerateOptions } from './generate';
import type { PromptPictures } from './prompt';
import type { Speaker } from './speaker';

export interface TextOptions extends GenerateOptions {
  /** Texts that end an answer and are no part of it; special tokens count by their text, too. */
  stopStrings?: readonly string[] | undefined;
}

/** A piece of one of the answers. */
export interface TextPiece {
  /** The prompt's place among those given. */
  row: number;
  text: string;
}

/**
 * The answers to several prompts as text, piece by piece as they come. No piece ends within a character, and none holds a part of a
 * stop string. The iterator returns the whole answers.
 * @param prompts ids with one -200 per picture, or one per patch
 * @param pictures all prompts' pictures
 */
export async function* streamTexts(
  speaker: Speaker,
  tokenizer: Tokenizer,
  prompts: readonly (readonly number[])[],
  pictures: PromptPictures,
  { stopStrings = [], ...options }: TextOptions = {},
): AsyncGenerator<TextPiece, Answer[]> {
  const stop = stopIds(tokenizer, options.stop ?? [], stopStrings);
  const rows = prompts.map(() => new AnswerText(tokenizer, stopStrings, new Set(stop)));
  const tokens = generateTokens(speaker, prompts, pictures, { ...options, stop });
  let ended: Set<number> | undefined;
  try {
    for (let step = await tokens.next(); !step.done; step = await tokens.next(ended)) {
      const pieces = step.value.map(({ row, id, end }) => ({ row, text: rows[row]!.push(id, end) }));
      ended = new Set(pieces.flatMap(({ row }) => (rows[row]!.finish ? [row] : [])));
      for (const piece of pieces) if (piece.text !== '') yield piece;
    }
  } finally {
    await tokens.return();
  }
  return rows.map((row) => row.answer());
}

/** The answer to one prompt as text, piece by piece; see {@link streamTexts}. */
export async function* streamText(
  speaker: Speaker,
  tokenizer: Tokenizer,
  prompt: readonly number[],
  pictures: PromptPictures = {},
  options: TextOptions = {},
): AsyncGenerator<string, Answer> {
  const pieces = streamTexts(speaker, tokenizer, [prompt], pictures, options);
  try {
    let step = await pieces.next();
    for (; !step.done; step = await pieces.next()) yield step.value.text;
    return step.value[0] as Answer;
  } finally {
    await pieces.return([]);
  }
}

/** The answers to several prompts as text. */
export async function generateTexts(
  speaker: Speaker,
  tokenizer: Tokenizer,
  prompts: readonly (readonly number[])[],
  pictures: PromptPictures = {},
  options: TextOptions = {},
): Promise<Answer[]> {
  const pieces = streamTexts(speaker, tokenizer, prompts, pictures, options);
  for (;;) {
    const step = await pieces.next();
    if (step.done) return step.value;
  }
}
