import type { Rng } from '@moslora/runtime';
import type { Sample } from '@moslora/specs';
import { pictureKey } from './feature-store';

/** A seeded share of the samples, `fraction` of their number rounded and at least one, in their order. */
export function shareOf(samples: Sample[], fraction: number, rng: Rng): Sample[] {
  if (fraction === 1 || samples.length === 0) return samples;
  const places = samples.map((_, i) => i);
  rng.shuffle(places);
  const chosen = new Set(places.slice(0, Math.max(1, Math.round(fraction * samples.length))));
  return samples.filter((_, i) => chosen.has(i));
}

/** The samples that show none of the pictures of `held`, and, of those without pictures, have no text of one of them that has none. */
export function withoutHeldOut(samples: Sample[], held: readonly Sample[]): Sample[] {
  const known = new Set(held.flatMap(marksOf));
  return samples.filter((sample) => !marksOf(sample).some((mark) => known.has(mark)));
}

/** What a sample is told by: each of its pictures; without one its turns. */
function marksOf({ images, turns }: Sample): string[] {
  if (images.length > 0) return images.map((image) => `picture ${pictureKey(image)}`);
  return [`turns ${JSON.stringify(turns.map(({ role, text }) => [role, text]))}`];
}
