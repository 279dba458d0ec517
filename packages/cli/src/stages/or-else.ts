import { UserError } from '@moslora/specs';

/** What `read` gives, or `otherwise` where something a person gave, or a stage has not made yet, is missing. */
export function orElse<T, U>(read: () => T, otherwise: U): T | U {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) return otherwise;
    throw error;
  }
}
