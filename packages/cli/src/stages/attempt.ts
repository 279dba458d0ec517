import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { attemptSchema, fail, type AttemptFile } from '@moslora/specs';
import type { Fingerprint } from './fingerprint';
import { changesOf, type StatedInputs } from './stated-inputs';

/** Its file's name. */
export const attemptFile = 'attempt.json';

/** The folder of checkpoints in an attempt's. */
export const checkpointsFolder = 'checkpoints';

/** Most changes that an error lists. */
const mostChanges = 12;

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
    /** What has changed since an earlier attempt whose work was of no use for that; undefined where there was none. */
    readonly discarded?: string,
  ) {}

  /**
   * Goes on in `folder` where an attempt with the same inputs was left; else clears the folder and starts.
   * @param startOver says what to do to start without them, for the error
   * @throws UserError where checkpoints of other inputs would go, which names what has changed; nothing is removed then
   */
  static begin(folder: string, { inputs, stated, code }: Omit<Fingerprint, 'whole'>, startOver: string): Attempt {
    const file = join(folder, attemptFile);
    const earlier = existsSync(file) ? readJson(file, attemptSchema) : undefined;
    if (earlier?.inputs === inputs) return new Attempt(file, earlier, true, earlier.code !== code);
    const checkpoints = join(folder, checkpointsFolder);
    if (existsSync(checkpoints) && readdirSync(checkpoints).length > 0)
      refuse(checkpoints, listed(earlier, stated), startOver);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const state = { inputs, stated, code, startedAt: new Date().toISOString(), seconds: 0 };
    const attempt = new Attempt(file, state, false, false, earlier && listed(earlier, stated));
    attempt.save();
    return attempt;
  }

  /** Whether such an attempt was left in `folder`, with checkpoints of the same inputs and code. */
  static wasLeft(folder: string, { inputs, code }: Pick<Fingerprint, 'inputs' | 'code'>): boolean {
    const file = join(folder, attemptFile);
    if (!existsSync(file) || !existsSync(join(folder, checkpointsFolder))) return false;
    const earlier = readJson(file, attemptSchema);
    return earlier.inputs === inputs && earlier.code === code;
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

/** What has changed since an attempt. */
function listed(earlier: AttemptFile | undefined, now: StatedInputs): string {
  const changes = earlier?.stated ? changesOf(earlier.stated, now) : [];
  if (changes.length === 0) return 'no word of what they were made with';
  const more = changes.length - mostChanges;
  return `${changes.slice(0, mostChanges).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function refuse(checkpoints: string, got: string, startOver: string): never {
  fail({
    what: 'The checkpoints of an unfinished attempt were made with another configuration or other inputs',
    where: checkpoints,
    got,
    expected: 'nothing changed but checkpointEvery, keepCheckpoints, logEvery and mixerEvery, to go on from them',
    fix: `set back what has changed; or start over, which removes them: ${startOver}`,
  });
}
