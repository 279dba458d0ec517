import type { StepMetrics, ValidationLine } from '@moslora/specs';

/** `finished`: its outputs are whole; `running`: a step was written lately; `quiet`: none was for longer than steps take; `starting`: none yet. */
export type RunState = 'finished' | 'running' | 'quiet' | 'starting';

/** What a page is told of a run: what it is when the page opens, then what is new. */
export interface RunEvent {
  /** Place among the runs. */
  run: number;
  /** What came before is to be forgotten. */
  reset: boolean;
  state: RunState;
  metrics: StepMetrics[];
  validations: ValidationLine[];
}
