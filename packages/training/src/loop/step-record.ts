import { join } from 'node:path';
import { MetricsLog } from '../metrics/metrics-log';
import { StepLog } from '../metrics/step-log';
import { TensorboardWriter } from '../metrics/tensorboard';
import type { ValidationLine } from '../validation/validation';
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

  step({ step, loss, learningRate, gradientNorm, tokens, seconds, skipped }: TrainProgress): void {
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
    this.metrics.append({
      ...{ step, loss: finite(loss), learningRate, gradientNorm: finite(gradientNorm), tokens, seconds },
      ...(skipped && { skipped }),
    });
    this.tensorboard.scalars(step, {
      'train/loss': loss,
      'train/learning_rate': learningRate,
      'train/gradient_norm': gradientNorm,
      'train/tokens_per_second': tokens / seconds,
    });
  }

  validation(line: ValidationLine): void {
    this.validations.append(line);
    if (line.loss !== null) this.tensorboard.scalars(line.step, { 'validation/loss': line.loss });
  }

  /** Mean of the last ten steps' losses. */
  finalLoss(): number {
    const last = this.metrics.losses().slice(-10);
    return last.reduce((total, { loss }) => total + loss, 0) / Math.max(1, last.length);
  }
}
