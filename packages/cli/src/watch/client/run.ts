import type { StepMetrics, ValidationLine } from '@moslora/specs';
import type { RunEvent, RunState } from '../run-events';

/** One run as the page knows it. */
export interface Run {
  label: string;
  /** CSS class that says its colour. */
  style: string;
  state: RunState;
  metrics: StepMetrics[];
  validations: ValidationLine[];
  shown: boolean;
}

export function newRun(label: string, place: number): Run {
  return { label, style: `s${place}`, state: 'starting', metrics: [], validations: [], shown: true };
}

/** Takes over what an event says. */
export function take(run: Run, { reset, state, metrics, validations }: RunEvent): void {
  run.state = state;
  run.metrics = reset ? metrics : run.metrics.concat(metrics);
  run.validations = reset ? validations : run.validations.concat(validations);
}

/** The line of `step`, else the one before it; undefined where there is none. */
export function lineAt<Line extends { step: number }>(lines: readonly Line[], step: number): Line | undefined {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.step <= step) low = middle + 1;
    else high = middle;
  }
  return lines[low - 1];
}
