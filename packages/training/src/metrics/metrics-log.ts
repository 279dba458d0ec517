import type { StepMetrics } from '@moslora/specs';
import { StepLog } from './step-log';

/** metrics.jsonl. */
export class MetricsLog extends StepLog<StepMetrics> {
  /** Steps with their losses, those left out that have none. */
  losses(): { step: number; loss: number }[] {
    return this.read().flatMap(({ step, loss }) => (loss === null ? [] : [{ step, loss }]));
  }
}
