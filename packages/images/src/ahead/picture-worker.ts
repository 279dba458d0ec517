import { parentPort } from 'node:worker_threads';
import { UserError } from '@moslora/specs';
import sharp from 'sharp';
import { preprocess } from '../preprocess';
import type { PictureReply, PictureRequest } from './messages';

// Threads are what the pool has several of; libvips needs none of its own in each.
sharp.concurrency(1);

const port = parentPort;
if (!port) throw new Error('picture-worker.ts runs in a worker thread');

port.on('message', async ({ id, ref, processor, sample }: PictureRequest) => {
  const answer = (reply: PictureReply, moved: ArrayBuffer[] = []): void => port.postMessage(reply, moved);
  try {
    const pixels = (await preprocess(ref, processor, { sample })) as Float32Array<ArrayBuffer>;
    answer({ id, pixels }, [pixels.buffer]);
  } catch (error) {
    if (error instanceof UserError) answer({ id, problems: error.problems });
    else answer({ id, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
