/** What the process exits with. */
export const exitCodes = { ok: 0, disagreement: 1, misuse: 2, bug: 70, interrupted: 130 } as const;

/** What was made is not what it should be: a check of our own, not a mistake of the person's. */
export class Disagreement extends Error {}

/** What to say about an error, and what to exit with. */
export interface Ending {
  code: number;
  text: string;
  /** For --json: the problems of a mistake in what was given. */
  problems?: readonly object[];
}

/** Turns whatever was thrown into what a person needs: mistakes of theirs without a stack, bugs of ours with it. */
export async function endingOf(error: unknown): Promise<Ending> {
  const { UserError, formatProblem } = await import('@moslora/specs');
  const { Interrupted } = await import('./stages/stage');
  if (error instanceof Interrupted) return { code: exitCodes.interrupted, text: `stopped; to go on: ${error.resume}` };
  if (error instanceof Disagreement) return { code: exitCodes.disagreement, text: error.message };
  if (error instanceof UserError) return { code: exitCodes.misuse, text: error.message, problems: error.problems };
  const problem = systemProblem(error);
  if (problem) return { code: exitCodes.misuse, text: formatProblem(problem), problems: [problem] };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: exitCodes.bug,
    text: `This is a bug in moslora, not a mistake of yours. Please report it with these lines:\n${stack}`,
  };
}

/** Errors of the operating system that a person can do something about. */
function systemProblem(error: unknown): { what: string; where: string; fix: string } | undefined {
  const { code, path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const where = path ?? syscall ?? 'unknown place';
  switch (code) {
    case 'ENOSPC':
      return { what: 'the disk is full', where, fix: 'make room, then run the same command again' };
    case 'EDQUOT':
      return { what: 'the disk quota is used up', where, fix: 'make room, then run the same command again' };
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return {
        what: `no permission (${code})`,
        where,
        fix: 'check who owns this file or folder, and that it can be written',
      };
    case 'EMFILE':
      return { what: 'too many open files', where, fix: 'raise the limit: ulimit -n 4096' };
    default:
      return undefined;
  }
}
