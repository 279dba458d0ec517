import { strip } from './python-strings';

/** int(text), or undefined where Python raises ValueError. Beyond 2^53 digits are lost. */
export function pythonInt(text: string): number | undefined {
  const bare = strip(text);
  return /^[+-]?\d+(_\d+)*$/.test(bare) ? Number(bare.replaceAll('_', '')) : undefined;
}

/** float(text), or undefined where Python raises ValueError. */
export function pythonFloat(text: string): number | undefined {
  const bare = strip(text);
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(bare);
  if (word) return word[2]!.toLowerCase() === 'nan' ? NaN : word[1] === '-' ? -Infinity : Infinity;
  return /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i.test(bare)
    ? Number(bare.replaceAll('_', ''))
    : undefined;
}
