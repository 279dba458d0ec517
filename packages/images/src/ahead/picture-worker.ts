import { parentPort } from 'node:worker_threads';
import { UserError } from '@moslora/specs';
import sharp from 'sharp';
import { preprocess } from '../preprocess';
import type { PictureReply, PictureRequest } from './messages';

// Threads are what the pool has several of; libvips needs none of its own in each.
sharp.concurrency(1);

if (!parentPort) throw new Error('picture-worker.ts runs in a worker thread');
const port = parentPort;

/** One picture is decoded while another is resized; more at once would only fill memory with decoded ones. */
const atOnce = 2;
const waiting: PictureRequest[] = [];
let busy = 0;

port.on('message', (request: PictureRequest) => {
  waiting.push(request);
  void work();
});

async function work(): Promise<void> {
  if (busy >= atOnce) return;
  busy++;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await prepare(next);
  busy--;
}

async function prepare({ id, ref, processor, ...options }: PictureRequest): Promise<void> {
  const answer = (reply: PictureReply, moved: ArrayBuffer[] = []): void => port.postMessage(reply, moved);
  try {
    const pixels = (await preprocess(ref, processor, options)) as Float32Array<ArrayBuffer>;
    answer({ id, pixels }, [pixels.buffer]);
  } catch (error) {
    if (error instanceof UserError) answer({ id, problems: error.problems });
    else answer({ id, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
