import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clipProcessor } from '@moslora/images';
import { startBackend } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { mostInView, PicturesInView, type Sight } from './pictures-in-view';

const bytes = readFileSync(join(root, 'packages/images/src/fixtures/processors/CLIP/picture.png'));
const sight = (id: string): Sight => ({ id, key: `row ${id}`, image: () => ({ bytes }) });
const broken: Sight = { id: 'broken', key: '7', image: () => ({ bytes: Buffer.from('no picture') }) };
const none: Sight = { id: 'none', key: '8', image: () => fail({ what: 'a question without a picture' }) };

/** Pictures whose features are numbered as they are seen: picture k has (k, k, ...) of shape (2, 3). */
function numbered(): { view: PicturesInView; seen: number[] } {
  const seen: number[] = [];
  let count = 0;
  const view = new PicturesInView({
    processor: clipProcessor(8),
    shape: [2, 3],
    see(pixels) {
      seen.push(pixels.length);
      for (const picture of pixels) expect(picture).toHaveLength(3 * 8 * 8);
      return Float32Array.from(pixels.flatMap(() => Array<number>(6).fill(count++)));
    },
  });
  return { view, seen };
}

/** The first number of each picture's features. */
function read(view: PicturesInView, ids: readonly string[]): number[] {
  const features = view.read(ids);
  try {
    expect(features.shape).toEqual([ids.length, 2, 3]);
    return ids.map((_, i) => features.dataSync()[6 * i]!);
  } finally {
    features.dispose();
  }
}

describe('PicturesInView', () => {
  beforeAll(() => startBackend());

  it('sees each picture of a window once, 32 at a time, and gives features in any order, as often as asked', async () => {
    const { view, seen } = numbered();
    const ids = Array.from({ length: 70 }, (_, i) => `p${i}`);
    expect(await view.see(ids.map(sight), [sight('next')])).toEqual(new Map());
    expect(seen).toEqual([32, 32, 6]);
    expect(read(view, ['p69', 'p0', 'p33', 'p0'])).toEqual([69, 0, 33, 0]);
    await view.see([sight('next')]);
    expect(seen).toEqual([32, 32, 6, 1]);
    expect(read(view, ['next'])).toEqual([70]);
    expect(() => view.read(['p0'])).toThrow(); // No longer in view.
    await view.close();
  });

  it('says by picture why one could not be seen, and sees the others', async () => {
    const { view, seen } = numbered();
    const failed = await view.see([sight('a'), broken, none, sight('b')]);
    expect([...failed.keys()].sort()).toEqual(['broken', 'none']);
    expect(failed.get('broken')).toMatch(/^A picture cannot be decoded/);
    expect(failed.get('none')).toBe('a question without a picture');
    expect(seen).toEqual([2]);
    expect(read(view, ['b', 'a'])).toEqual([1, 0]);
    await view.close();
  });

  it('holds as many pictures as 256 MB of features allow, and at least what the tower sees together', async () => {
    expect(mostInView(1e6)).toBe(256);
    expect(mostInView(1e9)).toBe(32);
    const { view } = numbered();
    expect(view.most).toBe(Math.floor(256e6 / (4 * 2 * 3)));
    await view.close();
  });
});
