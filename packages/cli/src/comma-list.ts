import { InvalidArgumentError } from 'commander';

/** The entries of `a, b,c`. @throws InvalidArgumentError where there is none */
export function commaList(text: string): string[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length === 0) throw new InvalidArgumentError('It must name something.');
  return entries;
}
