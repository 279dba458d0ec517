import { inferOption, type Choices, type InferenceRules } from '../inference/infer-option';
import { choicePrompt } from './choice-prompt';
import { askUntil, type Judge } from './judge';

/** Times a judge is asked about one answer. */
export const CHOICE_TRIES = 3;

/** The letter (or `Z`) a judge finds in an answer; undefined where three of its answers give none. */
export async function judgeChoice(
  judge: Judge,
  row: { question: string; options: Choices; prediction?: string },
  rules: InferenceRules,
): Promise<string | undefined> {
  const prompt = choicePrompt({ question: row.question, options: row.options, prediction: row.prediction ?? '' });
  return askUntil(
    judge,
    prompt,
    { tries: CHOICE_TRIES },
    (answer) => inferOption(answer, row.options, rules) || undefined,
  );
}
