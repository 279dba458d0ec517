import { withoutPunctuation, type FullStops } from '../../inference/punctuation';
import { splitWords, strip } from '../../inference/python-strings';
import { contractions } from './contractions';

/**
 * Published ways of making answers comparable:
 * `vqa`: VQA's own evaluation code; `evalai`: TextVQA's (it first takes out commas and question marks and sets off 's); `vlmevalkit`:
 * VLMEvalKit's, which leaves a full stop beside any digit.
 */
export type Normalisation = 'vqa' | 'evalai' | 'vlmevalkit';

const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const DIGITS = new Map([['none', '0'], ...NUMBERS.map((word, i) => [word, String(i)] as const)] as [string, string][]);
const ARTICLES = new Set(['a', 'an', 'the']);
const STOPS: Record<Normalisation, FullStops> = { vqa: 'trailing', evalai: 'trailing', vlmevalkit: 'lone' };

/** An answer with punctuation, articles, number words and contractions made alike. */
export function normaliseVqaAnswer(answer: string, how: Normalisation): string {
  const words = how === 'evalai' ? strip(answer.toLowerCase().replace(/[,?]/g, '').replaceAll("'s", " 's")) : answer;
  return digitsAndArticles(withoutPunctuation(onOneLine(words), STOPS[how]));
}

/** As every variant starts, and all that VQA's does where annotators agree. */
export const onOneLine = (text: string): string => strip(text.replace(/[\n\t]/g, ' '));

function digitsAndArticles(text: string): string {
  return splitWords(text.toLowerCase())
    .map((word) => DIGITS.get(word) ?? word)
    .filter((word) => !ARTICLES.has(word))
    .map((word) => contractions.get(word) ?? word)
    .join(' ');
}
