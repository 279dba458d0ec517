import type { UserError } from '@moslora/specs';

/** What is wrong, in one line. */
export function reasonOf(error: UserError): string {
  return error.problems
    .map(({ what, got }) => (got === undefined ? what : `${what}: ${got}`))
    .join('; ')
    .replace(/\s+/g, ' ');
}
