import type { QuestionRow } from '../../table/question-row';

/** A text whose likelihood after another is asked for. */
export interface Continuation {
  /** The option's letter. */
  letter: string;
  context: string;
  continuation: string;
}

/**
 * What is compared for a row: each option after the question, or, where the column `blank` is not empty, what follows the question's blank
 * (`_`) after the part before it with the option filled in.
 */
export function continuationsOf(row: Pick<QuestionRow, 'question' | 'options' | 'field'>): Continuation[] {
  const { question, options } = row;
  const blank = row.field('blank') === undefined ? -1 : question.indexOf('_');
  return Object.entries(options).map(([letter, text]) =>
    blank < 0
      ? { letter, context: question, continuation: ` ${text}` }
      : {
          letter,
          context: question.slice(0, blank) + text,
          continuation: ` ${question.slice(blank + 1).trim()}`,
        },
  );
}

/** Log-likelihoods of a row's options as its prediction: numbers in the order of the letters. */
export const likelihoodText = (values: readonly number[]): string =>
  values.map((value) => value.toPrecision(9)).join(' ');

/** The inverse; undefined where the text is no such list of `count` numbers. */
export function readLikelihoods(text: string, count: number): number[] | undefined {
  const values = text.trim().split(/\s+/).map(Number);
  return values.length === count && text.trim() !== '' && !values.some(Number.isNaN) ? values : undefined;
}
