import { InvalidArgumentError } from 'commander';

/** Bytes of `5GB`, `500MB`, `12kB` or a plain number; decimal, as in transformers. */
export function size(text: string): number {
  const parsed = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/i.exec(text.trim());
  const value = parsed && Number(parsed[1]) * 1000 ** ' kmgt'.indexOf((parsed[2] || ' ').toLowerCase());
  if (!value) throw new InvalidArgumentError('It must be a size above 0, such as 5GB or 500MB.');
  return value;
}
