import type { Tensors } from './reference-files';

/** One comparison of what is computed here with a reference. */
export interface AdapterCheck {
  name: string;
  /** Largest difference; of gradients, relative to the largest value of their tensor. */
  maxAbs: number;
  tolerance: number;
  ok: boolean;
}

/** Holds all numbers of one kind against their reference. */
export function compareNumbers(
  name: string,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  tolerance: number,
): AdapterCheck {
  return check(name, ours.length === theirs.length ? largestDifference(ours, theirs) : Infinity, tolerance);
}

/** Holds every tensor of a set against its namesake; the name says which one is worst. A missing one is infinitely far off. */
export function compareTensors(
  name: string,
  ours: Tensors,
  theirs: Tensors,
  tolerance: number,
  relative: boolean,
): AdapterCheck {
  let worst = { name: '', difference: 0 };
  for (const tensor of new Set([...ours.keys(), ...theirs.keys()])) {
    const [mine, other] = [ours.get(tensor), theirs.get(tensor)];
    const scale = (relative && other && largestDifference(new Float32Array(other.length), other)) || 1;
    const difference =
      mine && other && mine.length === other.length ? largestDifference(mine, other) / scale : Infinity;
    if (!(difference <= worst.difference)) worst = { name: tensor, difference };
  }
  const where = worst.name === '' ? '' : `, worst ${worst.name.replace(/^base_model\.model\./, '')}`;
  return check(`${name} (${theirs.size} tensors${where})`, worst.difference, tolerance);
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < theirs.length; i++) {
    const difference = Math.abs(ours[i]! - theirs[i]!);
    if (Number.isNaN(difference)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest;
}

function check(name: string, maxAbs: number, tolerance: number): AdapterCheck {
  return { name, maxAbs, tolerance, ok: maxAbs <= tolerance };
}
