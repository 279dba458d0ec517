import { UserError, type StageConfigOf } from '@moslora/specs';
import { encodePrompt, loadTokenizer, templateFor } from '@moslora/tokenization';
import { openBenchmark } from '../scoring/benchmarks';
import type { StageContext } from '../stages/stage';
import { pictureKey } from '../tuning/feature-store';
import { tokenizerFolder } from './batch-sizes';

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

export interface PromptSizes {
  /** Positions of the longest prompt, patches included. */
  tokens: number;
  /** Of the benchmark that has most; and distinct pictures, which each question's rotations share. */
  questions: number;
  pictures: number;
  source: string;
}

/** The longest prompt of a score stage's benchmarks, where they are there; else `train.maxLength` of the tuning stage. */
export async function longestPrompt(
  context: StageContext<StageConfigOf<'score'>>,
  tuning: TuningContext,
  patchesPerPicture: number,
): Promise<PromptSizes> {
  const { template: name, system, train } = tuning.config;
  try {
    const folder = tokenizerFolder(tuning);
    const tokenizer = loadTokenizer(folder);
    const template = templateFor(name, folder, tokenizer);
    let [tokens, most, pictures] = [0, 0, 0];
    for (const [benchmark, config] of Object.entries(context.config.benchmarks)) {
      const { questions } = await openBenchmark(context, benchmark, config);
      most = Math.max(most, questions.length);
      pictures = Math.max(pictures, new Set(questions.map(({ image }) => pictureKey(image))).size);
      for (const { key, text } of questions) {
        const user = { role: 'user' as const, text: `<image>\n${text}` };
        const turns = system === undefined ? [user] : [{ role: 'system' as const, text: system }, user];
        const ids = encodePrompt(tokenizer, template, turns, { sampleId: key, images: 1 });
        tokens = Math.max(tokens, ids.length - 1 + patchesPerPicture);
      }
    }
    return { tokens, questions: most, pictures, source: 'the longest prompt' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const source = 'train.maxLength, since the questions are not there yet';
    const { batchSize } = context.config;
    return { tokens: train.maxLength, questions: batchSize, pictures: batchSize, source };
  }
}
