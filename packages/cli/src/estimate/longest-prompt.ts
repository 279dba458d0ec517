import { UserError, type StageConfigOf } from '@moslora/specs';
import { askedText, baseIndex, chooseQuestions } from '@moslora/evaluation';
import { loadTokenizer, templateFor } from '@moslora/tokenization';
import { encodeRow } from '../evaluate/encode-row';
import { limitOf, newTokens as newTokensOf } from '../evaluate/how-asked';
import { pictureIds } from '../evaluate/picture-ids';
import { stageBenchmark } from '../evaluate/stage-benchmarks';
import type { StageContext } from '../stages/stage';
import { tokenizerFolder } from './batch-sizes';
import { mostTogether, type PromptedRow } from './prompt-batches';

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

export interface PromptSizes {
  /** Positions of the longest prompt, patches included. */
  tokens: number;
  /** Most positions of a batch that are in the decoder together. */
  together: number;
  /** Of the benchmark that has most; and distinct pictures, which each question's rotations share. */
  questions: number;
  pictures: number;
  /** Most new tokens of an answer. */
  newTokens: number;
  source: string;
}

/** The longest prompt of a score stage's benchmarks, where they are there; else `train.maxLength` of the tuning stage. */
export async function longestPrompt(
  context: StageContext<StageConfigOf<'score'>>,
  tuning: TuningContext,
  { patches, shares }: { patches: number; shares: boolean },
): Promise<PromptSizes> {
  const { template: name, system, train } = tuning.config;
  try {
    const folder = tokenizerFolder(tuning);
    const tokenizer = loadTokenizer(folder);
    const template = templateFor(name, folder, tokenizer);
    let [tokens, together, most, pictures, newTokens] = [0, 0, 0, 0, 0];
    const { batchSize } = context.config;
    for (const [benchmark, reference] of Object.entries(context.config.benchmarks)) {
      const read = await stageBenchmark(context, benchmark, reference);
      const { scorer, asked, pictures: kind } = read.benchmark;
      const rotations = scorer === 'circular';
      const rows = chooseQuestions(read.table.rows, rotations, { limit: limitOf(read, context.config) });
      most = Math.max(most, rows.length);
      newTokens = Math.max(newTokens, newTokensOf(read, context.config));
      const shown = pictureIds(rows, rotations);
      pictures = Math.max(pictures, kind === 'none' ? 0 : new Set(shown.values()).size);
      const prompted = rows.map((row): PromptedRow => {
        const text = askedText(row, asked, context.config.prompt);
        const prompt = { key: row.key, text, picture: kind !== 'none' };
        const ids = encodeRow({ tokenizer, system }, { template }, prompt);
        const length = ids.length - 1 + patches;
        const question = rotations ? baseIndex(row) : row.key;
        return { ids, length, question, picture: prompt.picture ? (shown.get(row.key) ?? row.key) : undefined };
      });
      tokens = prompted.reduce((longest, { length }) => Math.max(longest, length), tokens);
      together = Math.max(together, mostTogether(prompted, { batchSize, patches, shares }));
    }
    return { tokens, together, questions: most, pictures, newTokens, source: 'the longest prompt' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const source = 'train.maxLength, since the questions are not there yet';
    const { batchSize } = context.config;
    const newTokens = context.config.maxNewTokens ?? 16;
    const together = batchSize * train.maxLength;
    return { tokens: train.maxLength, together, questions: batchSize, pictures: batchSize, newTokens, source };
  }
}
