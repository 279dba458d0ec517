import { Worker } from 'node:worker_threads';
import { UserError, type Problem } from '@moslora/specs';
import { runTask } from './run-task';
import type { TaskOutcome, TensorTask } from './tensor-task';

/** What a worker says. */
export type WorkerReply =
  | { kind: 'bytes'; count: number }
  | { kind: 'done'; outcome: TaskOutcome }
  | { kind: 'refused'; problems: Problem[] }
  | { kind: 'failed'; error: SystemError };

/** What of an error of the operating system is worth telling; an Error loses its code on the way between threads. */
export type SystemError = Pick<NodeJS.ErrnoException, 'message' | 'stack' | 'code' | 'path' | 'syscall'>;

export interface PoolOptions {
  /** Worker threads; 0 does the tasks in this one. */
  threads: number;
  onBytes?: ((count: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Does tensor tasks in worker threads, a tensor each at a time. Close it when done. */
export class TaskPool {
  private readonly workers: Worker[];

  constructor(private readonly options: PoolOptions) {
    const entry = new URL('./worker.mjs', import.meta.url);
    this.workers = Array.from({ length: options.threads }, () => new Worker(entry, { execArgv: [] }));
  }

  /** All outcomes, in the order of the tasks. Rejects with the first error, or the signal's reason; close the pool then. */
  async run(tasks: readonly TensorTask[]): Promise<TaskOutcome[]> {
    const outcomes: TaskOutcome[] = new Array<TaskOutcome>(tasks.length);
    const queue = tasks.map((task, index) => ({ task, index }));
    // A function cannot be sent to another thread.
    const here = queue.filter(({ task }) => this.workers.length === 0 || typeof task.input.from === 'function');
    const elsewhere = queue.filter((entry) => !here.includes(entry)).reverse();
    const drain = async (worker: Worker): Promise<void> => {
      for (let next = elsewhere.pop(); next !== undefined; next = elsewhere.pop()) {
        this.options.signal?.throwIfAborted();
        outcomes[next.index] = await this.ask(worker, next.task);
      }
    };
    const all = Promise.all(this.workers.map(drain));
    all.catch(() => {});
    for (const { task, index } of here) {
      this.options.signal?.throwIfAborted();
      outcomes[index] = runTask(task, this.options.onBytes);
      // Lets signals in, and the screen be drawn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    return outcomes;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private ask(worker: Worker, task: TensorTask): Promise<TaskOutcome> {
    const { onBytes, signal } = this.options;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        worker.off('message', hear);
        worker.off('error', fail);
        signal?.removeEventListener('abort', stop);
        act();
      };
      const hear = (reply: WorkerReply): void => {
        if (reply.kind === 'bytes') onBytes?.(reply.count);
        else if (reply.kind === 'done') settle(() => resolve(reply.outcome));
        else settle(() => reject(errorOf(reply)));
      };
      const fail = (error: Error): void => settle(() => reject(error));
      const stop = (): void => settle(() => reject(signal?.reason as Error));
      worker.on('message', hear);
      worker.on('error', fail);
      signal?.addEventListener('abort', stop);
      worker.postMessage(task);
    });
  }
}

function errorOf(reply: Extract<WorkerReply, { kind: 'refused' | 'failed' }>): Error {
  if (reply.kind === 'refused') return new UserError(reply.problems);
  return Object.assign(new Error(), reply.error);
}
