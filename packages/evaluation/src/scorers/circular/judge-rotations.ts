import type { InferenceRules } from '../../inference/infer-option';
import type { Judge } from '../../judge/judge';
import { judgeChoice } from '../../judge/read-choices';
import type { MmbenchRow } from '../../table/question-row';
import { withHits, type QuestionResult } from './circular-eval';

/**
 * A question with its undecided rotations read by a judge, as VLMEvalKit asks: not at all where some rotation is surely wrong, and no
 * further than to the first that the judge finds wrong. What three tries leave undecided is a miss (VLMEvalKit draws a letter).
 */
export async function judgeRotations(
  question: QuestionResult,
  rowOf: ReadonlyMap<number, MmbenchRow>,
  judge: Judge,
  rules: InferenceRules,
  failed: ReadonlyMap<string, string> | undefined,
): Promise<QuestionResult> {
  const { rotations, hit: _, vanillaHit: __, ...about } = question;
  if (rotations.some(({ inferred, right }) => inferred !== false && !right)) return question;
  const read = [...rotations];
  for (const [i, rotation] of rotations.entries()) {
    if (rotation.inferred !== false) continue;
    if (failed?.has(String(rotation.index))) break;
    const letter = await judgeChoice(judge, rowOf.get(rotation.index)!, rules);
    if (letter === undefined) break;
    read[i] = { ...rotation, inferred: letter, right: letter === rotation.answer, judged: true };
    if (letter !== rotation.answer) break;
  }
  return withHits({ ...about, rotations: read });
}
