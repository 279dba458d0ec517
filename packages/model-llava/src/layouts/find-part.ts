import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { cachedFolder } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';

export interface WantedPart {
  /** `vision tower` or `language model`. */
  what: string;
  /** The folder a person gave. */
  given: string | undefined;
  /** The name or path by which the LLaVA's own files call it. */
  named: string | undefined;
  /** The LLaVA's folder. */
  from: string;
  /** How a person can give it. */
  option: 'base' | 'tower';
}

/**
 * The folder of a part that a LLaVA names but does not hold: the one given; else what the name is a path of (also as seen from the
 * LLaVA's folder); else a folder of the same name beside the LLaVA's; else Hugging Face's cache.
 * @throws UserError naming the places that were looked at
 */
export function findPart({ what, given, named, from, option }: WantedPart): string {
  const places = given !== undefined ? [given] : named === undefined ? [] : placesOf(named, from);
  const found = places.find((place) => existsSync(join(place, 'config.json')));
  if (found !== undefined) return found;
  return fail({
    what: `The ${what} of this model lies outside its folder and was not found`,
    where: from,
    got: named === undefined ? (given ?? 'no name of it') : JSON.stringify(given ?? named),
    ...(places.length > 0 ? { expected: `a config.json in ${places.join(', or ')}` } : {}),
    fix: `download it, and give its folder as \`${option}\``,
  });
}

function placesOf(named: string, from: string): string[] {
  const paths = isAbsolute(named) ? [named] : [resolve(from, named), resolve(named)];
  const beside = join(dirname(resolve(from)), basename(named));
  const snapshot = cachedFolder(named);
  return [...new Set([...paths, beside, ...(snapshot === undefined ? [] : [snapshot])])];
}
