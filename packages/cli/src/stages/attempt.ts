import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { attemptSchema, type AttemptFile } from '@moslora/specs';

/** Its file's name. */
export const attemptFile = 'attempt.json';

/** An unfinished run of a resumable stage: attempt.json in its folder, gone once the outputs are whole. */
export class Attempt {
  private readonly began = performance.now();

  private constructor(
    private readonly file: string,
    private readonly state: AttemptFile,
    /** True where an earlier attempt left its work. */
    readonly resumed: boolean,
    /** True where the code has changed since then. */
    readonly codeChanged: boolean,
    /** True where what an earlier attempt left was of no use: its configuration or inputs were others. */
    readonly discarded = false,
  ) {}

  /** Goes on in `folder` where an attempt with the same inputs was left; else clears the folder and starts. */
  static begin(folder: string, inputs: string, code: string): Attempt {
    const file = join(folder, attemptFile);
    const earlier = existsSync(file) ? readJson(file, attemptSchema) : undefined;
    if (earlier?.inputs === inputs) return new Attempt(file, earlier, true, earlier.code !== code);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const state = { inputs, code, startedAt: new Date().toISOString(), seconds: 0 };
    const attempt = new Attempt(file, state, false, false, earlier !== undefined);
    attempt.save();
    return attempt;
  }

  get startedAt(): string {
    return this.state.startedAt;
  }

  /** Wall time of all attempts so far. */
  seconds(): number {
    return this.state.seconds + (performance.now() - this.began) / 1000;
  }

  /** Keeps the time spent for the next attempt. */
  save(): void {
    writeFileAtomic(this.file, `${JSON.stringify({ ...this.state, seconds: this.seconds() }, null, 2)}\n`);
  }
}
