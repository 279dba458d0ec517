import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clipProcessor, PicturePool, Prefetch, type NamedPicture } from '@moslora/images';
import { idleStep, towerStep, towers, type Step } from './picture-steps';

/*
 * How many pictures a second are decoded, padded to a square, resized and normalised while nothing else runs; how many a step needs, whose
 * pictures are prepared during the steps before as in training; and how long it waits for them.
 *
 *     npx tsx tools/benchmarks/pictures.ts FOLDER… [--size 336] [--count 160] [--batch 4] [--workers N] [--tower l14 | --step-ms 250]
 *
 * With --tower a step lets a tower with random weights see the batch: the least that a step with pictures does, since no decoder
 * follows. With --step-ms it keeps its thread busy that long. With neither the pictures alone are measured.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '336' },
    count: { type: 'string', default: '160' },
    batch: { type: 'string', default: '4' },
    workers: { type: 'string' },
    'step-ms': { type: 'string' },
    tower: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [size, batchSize] = [Number(values.size), Number(values.batch)];
const workers = values.workers === undefined ? Math.max(1, availableParallelism() - 1) : Number(values.workers);
/** As many steps as training tells the pictures of. */
const stepsAhead = 4;

const found = positionals.filter(existsSync).flatMap(picturesIn);
if (found.length === 0) throw new Error('name one or more folders with JPEG or PNG pictures');
if (values.tower !== undefined && !(values.tower in towers))
  throw new Error(`--tower is one of ${Object.keys(towers).join(', ')}`);
const pictures: NamedPicture[] = Array.from({ length: Number(values.count) }, (_, index) => ({
  image: { path: found[index % found.length]! },
}));

const pool = new PicturePool({ processor: clipProcessor(size), workers });
await pool.prepare(pictures[0]!);
const began = performance.now();
await readAll();
const alone = (1000 * pictures.length) / (performance.now() - began);

const result: Record<string, unknown> = { pictures: pictures.length, size, workers, picturesPerSecond: round(alone) };
const step: Step | undefined =
  values.tower !== undefined
    ? await towerStep(values.tower, size)
    : values['step-ms'] !== undefined
      ? idleStep(Number(values['step-ms']))
      : undefined;
if (step !== undefined) Object.assign(result, await measureSteps(step));
await pool.close();
process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : lines(result));

/** Prepares all pictures, as many at once as wait in training. */
async function readAll(): Promise<void> {
  const prefetch = new Prefetch({ load: (picture: NamedPicture) => pool.prepare(picture), most: 32 });
  for await (const _ of prefetch.inOrder(pictures));
  await prefetch.close();
}

/** Steps with their pictures prepared ahead, and the same steps with pictures that are there already. */
async function measureSteps(run: Step): Promise<Record<string, unknown>> {
  const ready = await Promise.all(pictures.slice(0, batchSize).map((picture) => pool.prepare(picture)));
  run(ready);
  const bare = median(Array.from({ length: 5 }, () => timed(() => run(ready))));
  const prefetch = new Prefetch({ load: (picture: NamedPicture) => pool.prepare(picture), most: 128 });
  const waits: number[] = [];
  const times: number[] = [];
  for (let start = 0; start + batchSize <= pictures.length; start += batchSize) {
    prefetch.expect(pictures.slice(start, start + (1 + stepsAhead) * batchSize));
    const asked = performance.now();
    const batch = await Promise.all(pictures.slice(start, start + batchSize).map((each) => prefetch.take(each)));
    const taken = performance.now();
    run(batch);
    if (start > 0) {
      waits.push(taken - asked);
      times.push(performance.now() - taken);
    }
    // As in training: what came from the threads meanwhile is heard between the steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await prefetch.close();
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  return {
    batch: batchSize,
    stepMs: round(bare),
    picturesPerSecondNeeded: round((1000 * batchSize) / bare),
    stepMsWithPicturesPrepared: round(median(times)),
    waitedMsPerStep: round(mean(waits)),
    longestWaitMs: round(Math.max(...waits)),
  };
}

function timed(act: () => void): number {
  const from = performance.now();
  act();
  return performance.now() - from;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}

function lines(of: Record<string, unknown>): string {
  const rate = `${of['picturesPerSecond']} pictures/s at ${size} px, ${workers} worker thread(s)\n`;
  if (of['stepMs'] === undefined) return rate;
  return (
    `${rate}a step of ${batchSize} takes ${of['stepMs']} ms and so needs ${of['picturesPerSecondNeeded']} pictures/s; ` +
    `while others are prepared ${of['stepMsWithPicturesPrepared']} ms\n` +
    `it waited for its pictures ${of['waitedMsPerStep']} ms, at most ${of['longestWaitMs']} ms\n`
  );
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

function picturesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => /\.(jpe?g|png)$/i.test(path) && statSync(path).isFile());
}
