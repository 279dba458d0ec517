import type { Draw } from './draw';

/** A fused op as the product calls it: one random use of it, whose results have to agree with the reference. */
export interface FuzzSubject {
  name: string;
  /** Runs in a tidy. Throws where values disagree. */
  check(draw: Draw): void;
}
