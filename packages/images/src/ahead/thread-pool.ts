import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '@moslora/specs';
import type { ThreadReply, ThreadRequest } from './messages';

export interface ThreadPoolOptions {
  /** The module that threads run; it answers by `serveThread`. */
  entry: URL;
  /** By default one fewer than there are processors, at least one. */
  workers?: number | undefined;
  /** Given to every thread when it starts. */
  workerData?: unknown;
}

interface Thread<Answer> {
  worker: Worker;
  /** Asked and not yet answered. */
  open: Map<number, { resolve(answer: Answer): void; reject(error: unknown): void }>;
}

/**
 * Worker threads that answer requests, each given to the idlest. They start when the first is made; a thread that dies fails what it had not
 * answered, and another takes its place. A pool that is not closed keeps no process alive.
 */
export class ThreadPool<Request, Answer> {
  private readonly threads: Thread<Answer>[] = [];
  private readonly workers: number;
  private nextId = 0;
  private closed = false;

  constructor(private readonly options: ThreadPoolOptions) {
    this.workers = options.workers ?? Math.max(1, availableParallelism() - 1);
  }

  /** @throws UserError where the thread found something wrong with what it was given */
  async ask(request: Request): Promise<Answer> {
    if (this.closed) throw new Error('a pool of threads was asked that is closed');
    while (this.threads.length < this.workers) this.threads.push(this.start());
    const thread = this.threads.reduce((idlest, each) => (each.open.size < idlest.open.size ? each : idlest));
    return new Promise((resolve, reject) => {
      const message: ThreadRequest<Request> = { id: this.nextId++, request };
      thread.open.set(message.id, { resolve, reject });
      thread.worker.ref();
      thread.worker.postMessage(message);
    });
  }

  /** Ends the threads; what they had not answered is rejected. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  private start(): Thread<Answer> {
    const { entry, workerData } = this.options;
    const worker = new Worker(entry, { workerData });
    const thread: Thread<Answer> = { worker, open: new Map() };
    worker.unref();
    worker.on('message', (reply: ThreadReply<Answer>) => {
      const asked = thread.open.get(reply.id);
      thread.open.delete(reply.id);
      if (thread.open.size === 0) worker.unref();
      if ('answer' in reply) asked?.resolve(reply.answer);
      else asked?.reject('problems' in reply ? new UserError(reply.problems) : new Error(reply.bug));
    });
    worker.on('error', (error) => this.end(thread, error));
    worker.on('exit', () => this.end(thread, new Error('the pool of threads was closed')));
    return thread;
  }

  /** A thread that is gone answers nothing more; the next request starts another in its place. */
  private end(thread: Thread<Answer>, error: unknown): void {
    const at = this.threads.indexOf(thread);
    if (at >= 0) this.threads.splice(at, 1);
    for (const { reject } of thread.open.values()) reject(error);
    thread.open.clear();
  }
}
