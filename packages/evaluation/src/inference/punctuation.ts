const MARKS = [
  ';',
  '/',
  '[',
  ']',
  '"',
  '{',
  '}',
  '(',
  ')',
  '=',
  '+',
  '\\',
  '_',
  '-',
  '>',
  '<',
  '@',
  '`',
  ',',
  '?',
  '!',
];

/** Where a full stop goes: `lone`, not beside a digit; `trailing`, not before one (VQA's own code, whose look-behind does nothing). */
export type FullStops = 'lone' | 'trailing';
const STOPS: Record<FullStops, RegExp> = { lone: /(?<!\p{Nd})\.(?!\p{Nd})/gu, trailing: /\.(?!\p{Nd})/gu };

/** Full stops that are taken out at most: the published code hands a flag (32) to the place where a count belongs. */
const MOST_STOPS = 32;

/**
 * Punctuation as VQA's evaluation treats it: a mark that stands beside a space somewhere in the text (any mark, where a comma stands
 * between digits) is taken out, another becomes a space; then full stops go.
 */
export function withoutPunctuation(text: string, stops: FullStops): string {
  const hasDigitComma = /\p{Nd},\p{Nd}/u.test(text);
  let result = text;
  for (const mark of MARKS) {
    const out = hasDigitComma || text.includes(`${mark} `) || text.includes(` ${mark}`);
    result = result.replaceAll(mark, out ? '' : ' ');
  }
  let taken = 0;
  return result.replace(STOPS[stops], (stop) => (taken++ < MOST_STOPS ? '' : stop));
}
