import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import { sceneSvg } from './draw';
import type { Random } from './random';
import type { Scene } from './scene';

/** A scene as PNG. The same scene and stream give the same bytes. */
export async function scenePng(scene: Scene, random: Random): Promise<Uint8Array> {
  const svg = Buffer.from(sceneSvg(scene, random));
  return sharp(svg).removeAlpha().png({ compressionLevel: 6, palette: false }).toBuffer();
}

/** Draws scenes side by side, some at a time, and gives each picture to `done`, which may be called in any order. @throws the signal's reason once it is aborted */
export async function drawAll(
  scenes: readonly Scene[],
  random: Random,
  done: (at: number, png: Uint8Array) => void,
  signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < scenes.length) {
      signal?.throwIfAborted();
      const at = next++;
      done(at, await scenePng(scenes[at] as Scene, random.fork(at)));
    }
  };
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, worker));
}
