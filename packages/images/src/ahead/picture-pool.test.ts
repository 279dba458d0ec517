import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@moslora/specs';
import { afterAll, describe, expect, it } from 'vitest';
import { clipProcessor, preprocess } from '../index';
import { PicturePool } from './picture-pool';

const picture = (name: string): string => join(import.meta.dirname, '../fixtures/processors', name, 'picture.png');
const processor = clipProcessor(20);

describe.each([2, 0])('PicturePool of %i threads', (workers) => {
  const pool = new PicturePool({ processor, workers });
  afterAll(() => pool.close());

  it('prepares pictures as the calling thread would', async () => {
    const refs = ['CLIP', 'ViT', 'Llava', 'Siglip'].map((name) => ({ path: picture(name) }));
    const expected = await Promise.all(refs.map((ref) => preprocess(ref, processor)));
    expect(await Promise.all(refs.map((image) => pool.prepare({ image })))).toEqual(expected);
    const bytes = new Uint8Array(readFileSync(picture('ViT')));
    expect(await pool.prepare({ image: { bytes } })).toEqual(expected[1]);
    expect(bytes.length).toBeGreaterThan(0);
  });

  it('names file and sample of what is no picture, and goes on', async () => {
    const broken = pool.prepare({ image: { path: picture('../nowhere') }, sample: 's7' });
    await expect(broken).rejects.toThrow(UserError);
    await expect(broken).rejects.toThrow(/A picture is missing[^]*nowhere\/picture\.png, sample s7/);
    await expect(pool.prepare({ image: { bytes: new Uint8Array([1, 2, 3]) }, sample: 's8' })).rejects.toThrow(
      /a picture of 3 bytes, sample s8/,
    );
    expect(await pool.prepare({ image: { path: picture('CLIP') } })).toHaveLength(3 * 20 * 20);
  });
});

describe('closing', () => {
  it('rejects what was not answered, and takes nothing more', async () => {
    const pool = new PicturePool({ processor, workers: 1 });
    const asked = pool.prepare({ image: { path: picture('CLIP') } });
    const closed = pool.close();
    await expect(asked).rejects.toThrow('closed');
    await closed;
    await expect(pool.prepare({ image: { path: picture('CLIP') } })).rejects.toThrow('closed');
  });
});
