import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StepMetrics, ValidationLine } from '@moslora/specs';
import { unfinishedFolder } from '../stages/work-folder';
import { LineFollower } from './line-follower';
import type { RunEvent, RunState } from './run-events';
import { workingFolder, type RunPlace } from './run-place';

/** Milliseconds without a line after which a run counts as quiet, and steps of the last one's length. */
const quiet = { milliseconds: 60_000, steps: 5 };

/** One run as it goes on: all it has written so far, and what is new since it was last looked at. */
export class RunFollower {
  private readonly steps = new LineFollower<StepMetrics>();
  private readonly validated = new LineFollower<ValidationLine>();
  private metrics: StepMetrics[] = [];
  private validations: ValidationLine[] = [];
  private state: RunState = 'starting';

  constructor(
    readonly place: RunPlace,
    private readonly run: number,
  ) {}

  /** Looks at the run's files. Gives an event where anything is new. */
  poll(now = Date.now()): RunEvent | undefined {
    const folder = workingFolder(this.place.folder);
    const steps = this.steps.poll(join(folder, 'metrics.jsonl'));
    const validated = this.validated.poll(join(folder, 'validation.jsonl'));
    const reset = steps.reset || validated.reset;
    this.metrics = steps.reset ? steps.lines : this.metrics.concat(steps.lines);
    this.validations = validated.reset ? validated.lines : this.validations.concat(validated.lines);
    const state = this.stateNow(folder, now);
    const changed = reset || state !== this.state || steps.lines.length + validated.lines.length > 0;
    this.state = state;
    if (!changed) return undefined;
    if (reset) return this.whole();
    return { run: this.run, reset: false, state, metrics: steps.lines, validations: validated.lines };
  }

  /** Everything so far, for a page that opens. */
  whole(): RunEvent {
    const { run, state, metrics, validations } = this;
    return { run, reset: true, state, metrics, validations };
  }

  /** The file of a picture, if it is one that a validation names. */
  picture(name: string): string | undefined {
    const named = this.validations.some(({ examples = [] }) => examples.some((each) => each.pictures?.includes(name)));
    const path = join(workingFolder(this.place.folder), name);
    return named && !name.includes('..') && existsSync(path) ? path : undefined;
  }

  private stateNow(folder: string, now: number): RunState {
    const { folder: final } = this.place;
    if (existsSync(join(final, 'run.json')) && !existsSync(unfinishedFolder(final))) return 'finished';
    const last = this.metrics.at(-1);
    const file = join(folder, 'metrics.jsonl');
    if (!last || !existsSync(file)) return 'starting';
    const patience = Math.max(quiet.milliseconds, quiet.steps * 1000 * last.seconds);
    return now - statSync(file).mtimeMs > patience ? 'quiet' : 'running';
  }
}
