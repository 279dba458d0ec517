import type { Scorer } from '../../scoring/scorer';
import { scoreVqa } from './score-vqa';

/** VQAv2: VQA accuracy by the normalisation of VQA's own code. */
export const scorer: Scorer = {
  columns: [],
  asks: 'text',
  judge: 'unused',
  usesRules: false,
  says: "VQA accuracy, min(1, others that agree / 3) over the annotators, by VQA's own normalisation",
  score: async (rows, options) => scoreVqa(rows, 'vqa', options),
};
