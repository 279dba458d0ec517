import { InvalidArgumentError } from 'commander';

/** An id of the vocabulary. */
export function tokenId(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a token id, such as 32000.');
  return value;
}
