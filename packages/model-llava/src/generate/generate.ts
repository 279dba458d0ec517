import { Decoding } from './decoding';
import type { PromptPictures } from './prompt';
import { settleSampling, type SamplingOptions } from './settings';
import type { Speaker } from './speaker';

export interface GenerateOptions {
  /** Most ids of an answer; default: 512, unless `maxLength` says otherwise. */
  maxNewTokens?: number | undefined;
  /** Most ids of prompt and answer together, pictures included. */
  maxLength?: number | undefined;
  /** Ids that end an answer; they are part of it. */
  stop?: readonly number[] | undefined;
  /** How the next token is chosen; default: the likeliest. */
  sampling?: SamplingOptions | undefined;
}

const MOST_NEW_TOKENS = 512;

/** A token as it comes. */
export interface Token {
  /** The prompt's place among those given. */
  row: number;
  id: number;
  /** Whether the answer ends with it: at a stop id, or because it may not be longer. */
  end: false | 'stop' | 'length';
}

/**
 * Answers to several prompts at once, token by token as they come; each prompt gets what it gets alone. Rows may be ended early through
 * what is handed to `next()`.
 * @param prompts ids with one -200 per picture, or one per patch
 * @param pictures all prompts' pictures
 */
export async function* generateTokens(
  speaker: Speaker,
  prompts: readonly (readonly number[])[],
  pictures: PromptPictures,
  options: GenerateOptions = {},
): AsyncGenerator<Token[], void, ReadonlySet<number> | undefined> {
  if (prompts.length === 0) return;
  const sampling = settleSampling(options.sampling ?? {});
  const features = pictures.features ?? (pictures.pixels && speaker.features(pictures.pixels));
  const stop = new Set(options.stop ?? []);
  let decoding: Decoding | undefined;
  try {
    decoding = new Decoding(
      speaker,
      prompts,
      { features, shown: pictures.shown },
      { sampling: prompts.map(() => sampling) },
    );
    const left = prompts.map((_, row) => budget(options, (decoding as Decoding).promptLength(row)));
    decoding.end(new Set(left.flatMap((most, row) => (most <= 0 ? [row] : []))));
    for (let next = await decoding.next(); next.length > 0; next = await decoding.next()) {
      const tokens = next.map(({ row, id }): Token => {
        left[row]! -= 1;
        return { row, id, end: stop.has(id) ? 'stop' : left[row]! <= 0 && 'length' };
      });
      const asked = yield tokens;
      decoding.end(new Set([...tokens.filter(({ end }) => end).map(({ row }) => row), ...(asked ?? [])]));
    }
  } finally {
    decoding?.dispose();
    if (features && features !== pictures.features) features.dispose();
  }
}

/**
 * Answers to several prompts at once; see {@link generateTokens}.
 * @returns the new ids of each prompt, its stop id included
 */
export async function generate(
  speaker: Speaker,
  prompts: readonly (readonly number[])[],
  pictures: PromptPictures,
  options: GenerateOptions,
): Promise<number[][]> {
  const answers: number[][] = prompts.map(() => []);
  for await (const tokens of generateTokens(speaker, prompts, pictures, options))
    for (const { row, id } of tokens) answers[row]!.push(id);
  return answers;
}

function budget({ maxNewTokens, maxLength }: GenerateOptions, promptLength: number): number {
  if (maxNewTokens !== undefined) return maxNewTokens;
  return maxLength === undefined ? MOST_NEW_TOKENS : maxLength - promptLength;
}
