import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { script } from '../processes';

/** What tools/benchmarks/pictures.ts prints with --step-ms. */
export interface PictureFigures {
  size: number;
  workers: number;
  picturesPerSecond: number;
  batch: number;
  stepMs: number;
  waitedMsPerStep: number;
  longestWaitMs: number;
}

// How fast pictures as large as COCO's are prepared: ours/pictures.ts COUNT STEP_MS
const [count, stepMs] = process.argv.slice(2) as [string, string];
const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
try {
  // Blurred noise: its JPEGs are about as large as photographs'.
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  for (let index = 0; index < 16; index++)
    await sharp({ create: { width: 640, height: 480, channels: 3, background: 'grey', noise } })
      .blur(1.2)
      .jpeg({ quality: 92 })
      .toFile(join(folder, `${index}.jpg`));
  const args = [folder, '--size', '336', '--count', count, '--step-ms', stepMs, '--json'];
  console.log(JSON.stringify(await script<PictureFigures>('tools/benchmarks/pictures.ts', args)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
