import { JudgeFailure, type Judge } from './judge';

/** A judge of which it is known afterwards how often it gave no answer at all. */
export class WatchedJudge implements Judge {
  private asked = 0;
  private silent = 0;
  private reason = '';

  constructor(private readonly judge: Judge) {}

  get name(): string {
    return this.judge.name;
  }

  async ask(prompt: string, temperature: number, attempt: number): Promise<string> {
    this.asked += 1;
    try {
      return await this.judge.ask(prompt, temperature, attempt);
    } catch (error) {
      if (error instanceof JudgeFailure) {
        this.silent += 1;
        this.reason = error.message;
      }
      throw error;
    }
  }

  /** What to be wary of, in sentences: a table whose judge was not there looks as one whose answers could not be read. */
  warnings(): string[] {
    if (this.silent === 0) return [];
    return [
      `the judge gave no answer ${this.silent} of the ${this.asked} times that it was asked (${this.reason}): what it did not read ` +
        'counts as misses; score again once it can be reached, what it has answered is kept',
    ];
  }
}
