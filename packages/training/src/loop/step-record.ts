import { join } from 'node:path';
import type { MixerReading, Spread, ValidationLine } from '@moslora/specs';
import { MetricsLog } from '../metrics/metrics-log';
import { StepLog } from '../metrics/step-log';
import { TensorboardWriter } from '../metrics/tensorboard';
import { sampleTable } from '../validation/sample-table';
import type { TrainProgress } from './progress';

/** Where a run writes down what it measures: metrics.jsonl, validation.jsonl and TensorBoard's events. */
export class StepRecord {
  private readonly metrics: MetricsLog;
  private readonly validations: StepLog<ValidationLine>;
  private readonly tensorboard: TensorboardWriter;

  /** Goes on after `step`; what was written of later steps is cut off. */
  constructor(runDir: string, step: number) {
    this.metrics = new MetricsLog(join(runDir, 'metrics.jsonl'));
    this.validations = new StepLog(join(runDir, 'validation.jsonl'));
    this.metrics.cutBackTo(step);
    this.validations.cutBackTo(step);
    this.tensorboard = new TensorboardWriter(join(runDir, 'tensorboard'));
  }

  /** @param mixers where they stand after this step, where they were read */
  step(progress: TrainProgress, mixers?: MixerReading): void {
    const { step, total, loss, learningRate, gradientNorm, tokens, seconds, skipped } = progress;
    const memoryBytes = process.memoryUsage.rss();
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
    this.metrics.append({
      ...{ step, total, loss: finite(loss), learningRate, gradientNorm: finite(gradientNorm), tokens, seconds },
      ...{ memoryBytes, ...(skipped && { skipped }), ...(mixers && { mixers }) },
    });
    this.tensorboard.scalars(step, {
      'train/loss': loss,
      'train/learning_rate': learningRate,
      'train/gradient_norm': gradientNorm,
      'train/tokens_per_second': tokens / seconds,
      'train/memory_bytes': memoryBytes,
      ...(mixers && spreads('mixers/singular_values', mixers.singularValues)),
      ...(mixers && spreads('mixers/distance_from_identity', mixers.distance)),
    });
  }

  validation(line: ValidationLine): void {
    this.validations.append(line);
    if (line.loss !== null) this.tensorboard.scalars(line.step, { 'validation/loss': line.loss });
    if (line.examples) this.tensorboard.text(line.step, 'validation/samples', sampleTable(line.examples));
  }

  /** Mean of the last ten steps' losses. */
  finalLoss(): number {
    const last = this.metrics.losses().slice(-10);
    return last.reduce((total, { loss }) => total + loss, 0) / Math.max(1, last.length);
  }
}

const spreads = (tag: string, { min, median, max }: Spread): Record<string, number> => ({
  ...{ [`${tag}/min`]: min, [`${tag}/median`]: median, [`${tag}/max`]: max },
});
