import { strip } from '../../inference/python-strings';
import type { Problem } from './problem';

const NUMBER = /[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-−]?\.\d+/g;

/**
 * A free answer found in a text without a judge: the last number (thousands' commas taken out; a whole number where one is wanted), the
 * last list in brackets, or the words themselves. What follows the last "answer is" or "answer:" is looked at first. For a choice:
 * a letter in parentheses. Empty where there is none.
 */
export function extractAnswer(prediction: string, problem: Problem): string {
  const stated = prediction.split(/answer\s*(?:is|:)/i).at(-1) ?? '';
  return fromText(stated, problem) || fromText(prediction, problem);
}

function fromText(text: string, { type, choices, answer }: Problem): string {
  if (type === 'choice') {
    const letters = [...text.matchAll(/\(([A-Za-z])\)/g)].map(([, letter]) => letter!.toUpperCase());
    return letters.find((letter) => letter in choices) ?? '';
  }
  if (type === 'text') {
    const lists = [...text.matchAll(/\[[^[\]]*\]/g)].map(([list]) => list);
    if (answer.startsWith('[')) return lists.at(-1)?.replace(/\s*,\s*/g, ', ') ?? '';
    return strip(text).replace(/\.$/, '');
  }
  const last = [...text.matchAll(NUMBER)].at(-1)?.[0].replaceAll(',', '').replace('−', '-');
  if (last === undefined) return '';
  return type === 'integer' && Number.isInteger(Number(last)) ? String(Number(last)) : last;
}
