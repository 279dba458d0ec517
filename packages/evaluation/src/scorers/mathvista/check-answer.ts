import { inferOption, type InferenceRules } from '../../inference/infer-option';
import { pythonFloat, pythonInt } from '../../inference/python-numbers';
import type { Problem } from './problem';

/** Whether an extracted answer is the right one: the letter read in it, or the same whole number, number or text (VLMEvalKit's `post_check`). */
export function isRight(extracted: string, problem: Problem, rules: InferenceRules): boolean {
  const { type, answer } = problem;
  switch (type) {
    case 'choice':
      return inferOption(extracted, problem.choices, rules) === answer;
    case 'integer':
      return pythonInt(extracted) !== undefined && pythonInt(extracted) === pythonInt(answer);
    case 'float':
      return pythonFloat(extracted) !== undefined && pythonFloat(extracted) === pythonFloat(answer);
    case 'text':
      return extracted === answer;
  }
}

/**
 * What needs no extraction: the letter of an answer to a choice, and a free answer that is a right number as it stands. A right 0 does
 * not count as one, in VLMEvalKit's code either.
 */
export function readAtOnce(prediction: string, problem: Problem, rules: InferenceRules): string | undefined {
  if (problem.type === 'choice') return inferOption(prediction, problem.choices, rules) || undefined;
  if (problem.type === 'text' || !isRight(prediction, problem, rules)) return undefined;
  return pythonFloat(prediction) === 0 ? undefined : prediction;
}
