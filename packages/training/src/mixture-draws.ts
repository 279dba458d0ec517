import { Rng } from '@moslora/runtime';

/** A part of a source's samples, and how many of them an epoch takes: fewer than all, or some several times. */
export interface MixturePart {
  samples: number;
  draws: number;
}

/**
 * What an epoch takes of a part, as indices in it: the next `draws` of an endless stream of seeded permutations of the part. So after any number of
 * epochs every sample was taken equally often, give or take one; where an epoch takes all (or twice all, …), each as often as that.
 */
export function drawsOf({ samples, draws }: MixturePart, epoch: number, seed: number, part: number): number[] {
  if (draws % samples === 0) {
    const all = Array.from({ length: samples }, (_, index) => index);
    return Array.from({ length: draws / samples }, () => all).flat();
  }
  const drawn: number[] = [];
  let [pass, permutation]: [number, number[]] = [-1, []];
  for (let at = epoch * draws; at < (epoch + 1) * draws; at++) {
    if (Math.floor(at / samples) !== pass) {
      pass = Math.floor(at / samples);
      permutation = Array.from({ length: samples }, (_, index) => index);
      new Rng(seed, 'draw', part, pass).shuffle(permutation);
    }
    drawn.push(permutation[at % samples] as number);
  }
  return drawn;
}
