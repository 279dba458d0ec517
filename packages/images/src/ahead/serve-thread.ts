import { parentPort } from 'node:worker_threads';
import { UserError } from '@moslora/specs';
import sharp from 'sharp';
import type { ThreadReply, ThreadRequest } from './messages';

/**
 * Answers what a `ThreadPool` asks of this worker thread, `atOnce` requests at a time, in their order.
 * @param moved buffers of an answer that need not be copied
 */
export function serveThread<Request, Answer>(
  handle: (request: Request) => Promise<Answer>,
  { atOnce, moved = () => [] }: { atOnce: number; moved?(answer: Answer): ArrayBuffer[] },
): void {
  if (!parentPort) throw new Error('this module runs in a worker thread');
  // Threads are what the pool has several of; libvips needs none of its own in each.
  sharp.concurrency(1);
  const port = parentPort;
  const waiting: ThreadRequest<Request>[] = [];
  let busy = 0;

  async function work(): Promise<void> {
    if (busy >= atOnce) return;
    busy++;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await answer(next);
    busy--;
  }

  async function answer({ id, request }: ThreadRequest<Request>): Promise<void> {
    const reply = (message: ThreadReply<Answer>, buffers: ArrayBuffer[] = []): void =>
      port.postMessage(message, buffers);
    try {
      const found = await handle(request);
      reply({ id, answer: found }, moved(found));
    } catch (error) {
      if (error instanceof UserError) reply({ id, problems: error.problems });
      else reply({ id, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }

  port.on('message', (request: ThreadRequest<Request>) => {
    waiting.push(request);
    void work();
  });
}
