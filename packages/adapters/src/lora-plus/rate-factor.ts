import type { AdapterPart } from '../peft/keys';

/**
 * How many times the learning rate a part of an adapter gets: `ratio` for B and, as in PEFT's optimiser, for DoRA's magnitudes; 1 for
 * A and the mixer.
 */
export function rateFactor(part: AdapterPart, ratio: number): number {
  return part === 'B' || part === 'magnitude' ? ratio : 1;
}
