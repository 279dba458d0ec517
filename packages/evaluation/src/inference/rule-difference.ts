import { inferOption, loneLetters, statedLetter, textLimit, type Choices } from './infer-option';

/** Why the two rule sets read one answer differently. */
export interface RuleDifference {
  /** What `2024-06` reads; false: nothing. */
  before: string | false;
  /** What `current` reads. */
  now: string | false;
  /** Which of the rules that `current` added decides. */
  kind: DifferenceKind;
  /** The same in a sentence, with this answer's figures. */
  why: string;
}

/** The rules that `current` added to `2024-06`, in sentences. */
export const differenceKinds = {
  'early letter': 'A lone letter counts only where it first occurs among the last four words.',
  'long answer': 'An answer longer than all option texts twice over is not searched for them.',
  'stated answer': '`answer is X` counts anywhere, in large letters or small.',
} as const;
export type DifferenceKind = keyof typeof differenceKinds;

/** What makes `current` read an answer otherwise than `2024-06`; undefined where both read the same. */
export function ruleDifference(answer: string, choices: Choices): RuleDifference | undefined {
  const before = inferOption(answer, choices, '2024-06');
  const now = inferOption(answer, choices, 'current');
  if (before === now) return undefined;
  const { words, present } = loneLetters(answer, choices);
  const { length, limit } = textLimit(answer, choices);
  const stated = statedLetter(answer, choices);
  if (present.length === 1 && before === present[0]) {
    const lone = `${before} stands alone, but as word ${words.indexOf(before) + 1} of ${words.length}`;
    if (now !== false && now === stated)
      return { before, now, kind: 'early letter', why: `${lone}; \`answer is ${now}\` counts` };
    const rest =
      now !== false
        ? `the text of option ${now} occurs`
        : length > limit
          ? `${length} characters are too many to search (${limit})`
          : 'not just one option text occurs';
    return { before, now, kind: 'early letter', why: `${lone}; ${rest}` };
  }
  const letters = present.length === 0 ? 'no letter stands alone' : `${present.join(' and ')} stand alone`;
  if (now !== false && now === stated)
    return { before, now, kind: 'stated answer', why: `${letters}; \`answer is ${now}\` counts` };
  return {
    ...{ before, now, kind: 'long answer' },
    why: `${letters}; the text of option ${before} occurs, but in ${length} characters, where at most ${limit} are searched`,
  };
}
