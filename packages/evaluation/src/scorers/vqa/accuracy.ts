import { normaliseVqaAnswer, onOneLine, type Normalisation } from './normalise';

/**
 * VQA accuracy: over the annotators' answers, the mean of min(1, (others that gave the answer) / 3), after normalisation. `vqa` compares
 * the texts as they are where all annotators agree to the letter, as VQA's own code does.
 */
export function vqaAccuracy(answer: string, annotators: readonly string[], how: Normalisation): number {
  if (annotators.length === 0) return 0;
  const plain = how === 'vqa' && new Set(annotators.map(onOneLine)).size === 1;
  const alike = (text: string): string => (plain ? onOneLine(text) : normaliseVqaAnswer(text, how));
  const given = alike(answer);
  const matches = annotators.map((text) => alike(text) === given);
  const count = matches.filter(Boolean).length;
  return matches.reduce((sum, match) => sum + Math.min(1, (count - (match ? 1 : 0)) / 3), 0) / annotators.length;
}
