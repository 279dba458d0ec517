import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clipProcessor, PicturePool, Prefetch, type NamedPicture } from '@moslora/images';

/*
 * How many pictures a second are decoded, padded to a square, resized and normalised, and how long a reader waits for them.
 *
 *     npx tsx tools/benchmarks/pictures.ts FOLDER… [--size 336] [--count 500] [--workers N] [--step-ms 0]
 *
 * With --step-ms the reader computes that long between batches of 16 (the thread is busy, as in a training step): a rate above
 * 16 per step means that no step waits.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '336' },
    count: { type: 'string', default: '500' },
    workers: { type: 'string' },
    'step-ms': { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const batchSize = 16;
const size = Number(values.size);
const workers = values.workers === undefined ? Math.max(1, availableParallelism() - 1) : Number(values.workers);
const stepMs = Number(values['step-ms']);

const found = positionals.filter(existsSync).flatMap(picturesIn);
if (found.length === 0) throw new Error('name one or more folders with JPEG or PNG pictures');
const pictures: NamedPicture[] = Array.from({ length: Number(values.count) }, (_, index) => ({
  image: { path: found[index % found.length]! },
}));

const pool = new PicturePool({ processor: clipProcessor(size), workers });
const prefetch = new Prefetch({ load: (picture: NamedPicture) => pool.prepare(picture), most: 2 * batchSize });
await pool.prepare(pictures[0]!);
const began = performance.now();
let waited = 0;
let done = 0;
prefetch.expect(pictures);
for (let start = 0; start < pictures.length; start += batchSize) {
  const asked = performance.now();
  const batch = await Promise.all(pictures.slice(start, start + batchSize).map((picture) => prefetch.take(picture)));
  waited += performance.now() - asked;
  done += batch.length;
  for (const until = performance.now() + stepMs; performance.now() < until;);
  await new Promise((resolve) => setImmediate(resolve));
}
const seconds = (performance.now() - began) / 1000;
await prefetch.close();
await pool.close();

const result = {
  pictures: done,
  size,
  workers,
  stepMs,
  picturesPerSecond: Math.round((10 * done) / seconds) / 10,
  waitedMsPerBatch: Math.round((10 * waited) / (done / batchSize)) / 10,
};
process.stdout.write(
  values.json
    ? `${JSON.stringify(result, null, 2)}\n`
    : `${result.picturesPerSecond} pictures/s at ${size} px, ${workers} worker thread(s); ` +
        `a batch of ${batchSize} was waited for ${result.waitedMsPerBatch} ms\n`,
);

function picturesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => /\.(jpe?g|png)$/i.test(path) && statSync(path).isFile());
}
