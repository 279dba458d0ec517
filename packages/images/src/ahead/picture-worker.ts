import { preprocess } from '../preprocess';
import type { PictureRequest } from './messages';
import { serveThread } from './serve-thread';

serveThread(
  async ({ ref, processor, ...options }: PictureRequest) =>
    (await preprocess(ref, processor, options)) as Float32Array<ArrayBuffer>,
  // One picture is decoded while another is resized; more at once would only fill memory with decoded ones.
  { atOnce: 2, moved: (pixels) => [pixels.buffer] },
);
