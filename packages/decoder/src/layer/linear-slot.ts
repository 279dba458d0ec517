import type { Linear, LinearSlot } from '@moslora/nn';

/** A place that holds `linear` until another is set. */
export function linearSlot(name: string, linear: Linear): LinearSlot {
  let current = linear;
  return {
    name,
    get: () => current,
    set: (other) => {
      current = other;
    },
  };
}
