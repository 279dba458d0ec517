import type { Problem } from '@moslora/specs';

/** A sample that is left out of training, and why. */
export interface Skipped {
  id: string;
  reason: string;
}

/** Problems in one line. */
export function reasonOf(problems: readonly Problem[]): string {
  return problems.map(({ what, got }) => (got === undefined ? what : `${what}: ${got}`)).join('; ');
}
