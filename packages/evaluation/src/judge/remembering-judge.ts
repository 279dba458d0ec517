import { createHash } from 'node:crypto';
import { z } from 'zod';
import { JsonLines } from '../results/json-lines';
import type { Judge } from './judge';

const lineSchema = z.strictObject({ asked: z.string(), answer: z.string() });

/** A judge whose answers stand in a file, so that the same question is never paid for twice. */
export class RememberingJudge implements Judge {
  private readonly answers = new Map<string, string>();
  private readonly lines: JsonLines<z.infer<typeof lineSchema>>;
  /** Questions that were not in the file. */
  asked = 0;

  constructor(
    private readonly judge: Judge,
    path: string,
  ) {
    this.lines = new JsonLines(path, lineSchema);
    for (const { asked, answer } of this.lines.read()) this.answers.set(asked, answer);
  }

  get name(): string {
    return this.judge.name;
  }

  async ask(prompt: string, temperature: number, attempt: number): Promise<string> {
    const asked = createHash('sha256')
      .update(JSON.stringify([this.name, temperature, attempt, prompt]))
      .digest('hex');
    const known = this.answers.get(asked);
    if (known !== undefined) return known;
    const answer = await this.judge.ask(prompt, temperature, attempt);
    this.asked += 1;
    this.answers.set(asked, answer);
    this.lines.append([{ asked, answer }]);
    return answer;
  }
}
