import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';

/** One answer as it stands in answers.jsonl. */
export interface LoggedAnswer {
  key: string;
  answer: string;
}

/** Answers, one JSON object a line, written as they come, so that a scoring run goes on where it stopped. */
export class AnswerLog {
  private readonly answers = new Map<string, string>();

  /** Reads what is there. A last line that was cut short is removed. */
  constructor(private readonly path: string) {
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    for (const line of whole.split('\n').filter((each) => each !== '')) {
      const { key, answer } = JSON.parse(line) as LoggedAnswer;
      this.answers.set(key, answer);
    }
  }

  has(key: string): boolean {
    return this.answers.has(key);
  }

  /** Adds answers to new questions, all in one write. */
  add(answers: readonly LoggedAnswer[]): void {
    const fresh = answers.filter(({ key }) => !this.answers.has(key));
    appendFileSync(this.path, fresh.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
    for (const { key, answer } of fresh) this.answers.set(key, answer);
  }

  /** Answers by key. */
  all(): ReadonlyMap<string, string> {
    return this.answers;
  }
}
