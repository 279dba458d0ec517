import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type ImageRef, UserError } from '@moslora/specs';
import { preprocess } from '../preprocess';
import type { ImageProcessor } from '../processor';
import type { PictureReply, PictureRequest } from './messages';

export interface PicturePoolOptions {
  processor: ImageProcessor;
  /** Threads; by default one fewer than there are processors, at least one. 0 prepares in the calling thread. */
  workers?: number;
  /** Largest width x height that is decoded; see `loadImage`. */
  pixelLimit?: number;
}

/** A picture with the sample it belongs to, which errors name. */
export interface NamedPicture {
  image: ImageRef;
  sample?: string | undefined;
}

interface Thread {
  worker: Worker;
  /** Asked and not yet answered. */
  open: Map<number, { picture: NamedPicture; resolve(pixels: Float32Array): void; reject(error: unknown): void }>;
}

/**
 * Prepares pictures for a tower in worker threads, so that decoding and resizing cost the thread that computes nothing. Threads start
 * when the first picture is asked for; a pool that is not closed keeps no process alive.
 */
export class PicturePool {
  private readonly threads: Thread[] = [];
  private readonly workers: number;
  private nextId = 0;
  private closed = false;

  constructor(private readonly options: PicturePoolOptions) {
    this.workers = options.workers ?? Math.max(1, availableParallelism() - 1);
  }

  /** A picture as the tower wants it, (3, S, S). @throws UserError naming file and sample for what is no whole picture */
  async prepare(picture: NamedPicture): Promise<Float32Array> {
    if (this.closed) throw new Error('a picture was asked of a pool that is closed');
    const { processor, pixelLimit } = this.options;
    const { image, sample } = picture;
    if (this.workers === 0) return preprocess(image, processor, { sample, pixelLimit });
    while (this.threads.length < this.workers) this.threads.push(this.start());
    const thread = this.threads.reduce((idlest, each) => (each.open.size < idlest.open.size ? each : idlest));
    return new Promise((resolve, reject) => {
      const request: PictureRequest = { id: this.nextId++, ref: image, processor, sample, pixelLimit };
      thread.open.set(request.id, { picture, resolve, reject });
      thread.worker.ref();
      thread.worker.postMessage(request);
    });
  }

  /** Ends the threads; what they had not answered is rejected. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  private start(): Thread {
    const worker = new Worker(new URL('./worker-start.mjs', import.meta.url));
    const thread: Thread = { worker, open: new Map() };
    worker.unref();
    worker.on('message', (reply: PictureReply) => {
      const asked = thread.open.get(reply.id);
      thread.open.delete(reply.id);
      if (thread.open.size === 0) worker.unref();
      if ('pixels' in reply) asked?.resolve(reply.pixels);
      else asked?.reject('problems' in reply ? new UserError(reply.problems) : new Error(reply.bug));
    });
    worker.on('error', (error) => this.end(thread, error));
    worker.on('exit', () => this.end(thread, new Error('the pool of picture threads was closed')));
    return thread;
  }

  /** A thread that is gone answers nothing more; the next picture starts another in its place. */
  private end(thread: Thread, error: unknown): void {
    const at = this.threads.indexOf(thread);
    if (at >= 0) this.threads.splice(at, 1);
    for (const { reject } of thread.open.values()) reject(error);
    thread.open.clear();
  }
}
