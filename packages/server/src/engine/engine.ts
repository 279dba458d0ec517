import type { Served, ServedModel } from '../served';
import { Batch } from './batch';
import type { Job } from './job';

export interface EngineOptions {
  /** Jobs answered together, of all models. */
  running: number;
  /** Told of a step: tokens made. */
  onTokens?(tokens: number): void;
}

/**
 * Answers jobs: those of one model in one batch, a token of each at a time, models in turn. A job waits until there is a place, joins
 * between tokens, and leaves when its answer ends or nobody waits for it any more.
 */
export class Engine {
  private waiting: Job[] = [];
  private readonly batches = new Map<ServedModel, Batch>();
  private loop: Promise<void> | undefined;

  constructor(
    private readonly served: Served,
    private readonly options: EngineOptions,
  ) {}

  get waitingCount(): number {
    return this.waiting.length;
  }

  get runningCount(): number {
    return [...this.batches.values()].reduce((sum, { size }) => sum + size, 0);
  }

  submit(job: Job): void {
    this.waiting.push(job);
    this.loop ??= this.run().finally(() => (this.loop = undefined));
  }

  /** Until every job has ended. */
  async idle(): Promise<void> {
    while (this.loop) await this.loop;
  }

  private async run(): Promise<void> {
    // Those who came together start together.
    await letOthersIn();
    while (this.waiting.length > 0 || this.runningCount > 0) {
      this.admit();
      for (const [model, batch] of this.batches) {
        await this.step(batch);
        if (batch.size === 0) {
          batch.dispose();
          this.batches.delete(model);
        }
      }
      await letOthersIn();
    }
  }

  private async step(batch: Batch): Promise<void> {
    try {
      this.options.onTokens?.(await batch.step());
    } catch (error) {
      batch.fail(error);
    }
  }

  /** In the order they came, as many as there are places. */
  private admit(): void {
    this.waiting = this.waiting.filter(({ signal }) => !signal.aborted);
    const places = Math.max(0, this.options.running - this.runningCount);
    for (const job of this.waiting.splice(0, places)) this.batchOf(job.model).add(job);
  }

  private batchOf(model: ServedModel): Batch {
    const { tokenizer, eyes } = this.served;
    const batch = this.batches.get(model) ?? new Batch(model, tokenizer, eyes?.shape ?? [0, 0]);
    this.batches.set(model, batch);
    return batch;
  }
}

/** Computing does not give way by itself: what came in from outside is looked at here. */
const letOthersIn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
