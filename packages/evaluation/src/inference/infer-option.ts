import { fail } from '@moslora/specs';
import { codePoints, PYTHON_SPACE, splitWords } from './python-strings';

/** Which published rules turn an answer into a letter: VLMEvalKit's of June 2024 (which MoSLoRA was scored with), or today's. */
export const inferenceRules = ['2024-06', 'current'] as const;
export type InferenceRules = (typeof inferenceRules)[number];

/** Options by their letter, missing ones left out. */
export type Choices = Readonly<Record<string, string>>;

/** @throws UserError that lists the known rule sets. */
export function parseRules(name: string): InferenceRules {
  const found = inferenceRules.find((rules) => rules === name);
  return found ?? fail({ what: 'no such inference rules', got: name, expected: `one of ${inferenceRules.join(', ')}` });
}

/**
 * The letter an answer chooses, `Z` for a refusal, or false where the rules can't tell: first by letters that stand alone, then by
 * the one option text that occurs in the answer (facts.md 4.3).
 *
 * `current` differs: a lone letter must be among the last four words, "answer is X" counts anywhere, and an answer longer than
 * twice all option texts together is not searched for them.
 */
export function inferOption(answer: string, choices: Choices, rules: InferenceRules): string | false {
  return byLetter(answer, choices, rules) || byText(answer, choices, rules);
}

const FAILED = 'Failed to obtain answer via API';
const REFUSALS = [
  "Sorry, I can't help with images of people yet.",
  "I can't process this file.",
  "I'm sorry, but without the image provided",
  'Cannot determine the answer',
];
// Python ignores case for ASCII letters and, as JavaScript's `iu`, for ſ; ı and İ equal i in Python alone.
const ANSWER_IS = new RegExp(`answer[${PYTHON_SPACE}]+[iıİ]s[${PYTHON_SPACE}]+\\**([ABCD])`, 'iu');

/** Words of an answer, punctuation removed, and the letters among them that are options'. */
export function loneLetters(answer: string, choices: Choices): { words: string[]; present: string[] } {
  const words = splitWords(answer.replace(/[.()[\],:;!*#{}]/g, ' '));
  return { words, present: Object.keys(choices).filter((letter) => words.includes(letter)) };
}

/** The option that an answer states as `answer is X`; false without one. */
export function statedLetter(answer: string, choices: Choices): string | false {
  const stated = ANSWER_IS.exec(answer)?.[1]?.toUpperCase();
  return stated !== undefined && Object.hasOwn(choices, stated) ? stated : false;
}

/** Length of an answer, and twice that of all option texts together: `current` searches longer answers for none of them. */
export function textLimit(answer: string, choices: Choices): { length: number; limit: number } {
  const limit = 2 * Object.values(choices).reduce((sum, text) => sum + codePoints(text), 0);
  return { length: codePoints(answer.toLowerCase()), limit };
}

function byLetter(answer: string, choices: Choices, rules: InferenceRules): string | false {
  if (answer.includes(FAILED)) return false;
  if (REFUSALS.some((refusal) => answer.includes(refusal))) return 'Z';
  const { words, present } = loneLetters(answer, choices);
  const [only] = present;
  if (only !== undefined && present.length === 1) {
    if (rules === '2024-06' || words.indexOf(only) > words.length - 5) return only;
  } else if (present.length === 0 && words.includes('Z')) {
    return 'Z';
  }
  return rules === '2024-06' ? false : statedLetter(answer, choices);
}

function byText(answer: string, choices: Choices, rules: InferenceRules): string | false {
  const { length, limit } = textLimit(answer, choices);
  if (rules === 'current' && length > limit) return false;
  const lower = answer.toLowerCase();
  const found = Object.entries(choices).filter(([, text]) => lower.includes(text.toLowerCase()));
  return found.length === 1 ? (found[0]?.[0] ?? false) : false;
}
