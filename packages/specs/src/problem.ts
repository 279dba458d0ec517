/** One thing that is wrong with what a person gave us: what, where, which value, what was expected, what to do. */
export interface Problem {
  /** What is wrong, in one sentence without a full stop. */
  what: string;
  /** File (with line and column where known), option or tensor name. */
  where?: string;
  /** The value found, already formatted. */
  got?: string;
  /** What was expected instead. */
  expected?: string;
  /** What to do about it. */
  fix?: string;
}

/** A mistake in what a person gave us (exit code 2). Everything else that is thrown is a bug of ours (exit code 70). */
export class UserError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(formatProblem).join('\n'), options);
    this.name = 'UserError';
    this.problems = list;
  }
}

/** Throws a {@link UserError}; usable as an expression: `value ?? fail({...})`. */
export function fail(problems: Problem | readonly Problem[]): never {
  throw new UserError(problems);
}

/**
 * Does every step in order, the later ones also where an earlier one fails.
 * @throws UserError with the problems of all steps that threw one; any other error at once
 */
export async function tryAll(steps: readonly (() => unknown)[]): Promise<void> {
  const problems: Problem[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) fail(problems);
}

/** A problem as indented lines, one fact a line, ready for a terminal. */
export function formatProblem(problem: Problem): string {
  const facts: [string, string | undefined][] = [
    ['where', problem.where],
    ['got', problem.got],
    ['expected', problem.expected],
    ['do', problem.fix],
  ];
  const lines = facts.filter(([, text]) => text !== undefined).map(([label, text]) => `  ${label.padEnd(9)}${text}`);
  return [problem.what, ...lines].join('\n');
}
