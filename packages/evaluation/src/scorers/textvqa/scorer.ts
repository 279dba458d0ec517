import type { Scorer } from '../../scoring/scorer';
import { scoreVqa } from '../vqa/score-vqa';

/** TextVQA: VQA accuracy by the normalisation of TextVQA's server. */
export const scorer: Scorer = {
  columns: [],
  asks: 'text',
  judge: 'unused',
  usesRules: false,
  says: "VQA accuracy, min(1, others that agree / 3) over the annotators, by TextVQA's normalisation (EvalAI)",
  score: async (rows, options) => scoreVqa(rows, 'evalai', options),
};
