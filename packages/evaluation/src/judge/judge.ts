/** A language model that reads answers which the rules cannot. */
export interface Judge {
  /** For tables: model and address. */
  readonly name: string;
  /**
   * Its answer to a prompt; `attempt` counts how often it has been asked the same, from 0.
   * @throws JudgeFailure where none could be had; UserError where it is set up wrongly
   */
  ask(prompt: string, temperature: number, attempt: number): Promise<string>;
}

/** No answer could be had this time. */
export class JudgeFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JudgeFailure';
  }
}

/**
 * Asks until `read` makes something of the answer, at most `tries` times; try k at temperature k x `warmer`.
 * @returns undefined where it never does: undecided
 */
export async function askUntil<T>(
  judge: Judge,
  prompt: string,
  { tries, warmer = 0 }: { tries: number; warmer?: number },
  read: (answer: string) => T | undefined,
): Promise<T | undefined> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    try {
      const found = read(await judge.ask(prompt, attempt * warmer, attempt));
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof JudgeFailure)) throw error;
    }
  }
  return undefined;
}

/** Questions that a judge is asked at a time. */
const TOGETHER = 4;

/** Does `work` for every item, a few at a time; results in the items' order. */
export async function aFewAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(TOGETHER, items.length) }, worker));
  return results;
}
