import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@moslora/checkpoint';

/** One line of metrics.jsonl. */
export interface StepMetrics {
  /** Optimiser steps done, from 1. */
  step: number;
  /** Mean loss per label token of this step. */
  loss: number;
  learningRate: number;
  /** Global gradient norm before clipping. */
  gradientNorm: number;
  /** Label tokens in this step. */
  tokens: number;
  /** Wall time of this step. */
  seconds: number;
}

/** metrics.jsonl: one object a line, appended as steps are made, cut back to the checkpoint on resume. */
export class MetricsLog {
  constructor(private readonly path: string) {}

  /** All whole lines; a last line cut short by a kill is dropped. */
  read(): StepMetrics[] {
    if (!existsSync(this.path)) return [];
    const lines = readFileSync(this.path, 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as StepMetrics);
  }

  append(metrics: StepMetrics): void {
    appendFileSync(this.path, JSON.stringify(metrics) + '\n');
  }

  /** Keeps the lines up to and including `step`. */
  cutBackTo(step: number): void {
    if (!existsSync(this.path)) return;
    const kept = this.read().filter((metrics) => metrics.step <= step);
    writeFileAtomic(this.path, kept.map((metrics) => JSON.stringify(metrics) + '\n').join(''));
  }
}
