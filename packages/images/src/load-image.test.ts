import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { UserError } from '@moslora/specs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { cmykToRgb } from './cmyk';
import { loadImage } from './index';

const dir = mkdtempSync(join(tmpdir(), 'images-'));
const raw = (channels: 3 | 4) => {
  const data = Uint8Array.from({ length: 40 * 30 * channels }, (_, i) => (i * 37 + (i >> 5) * 11) % 256);
  return sharp(data, { raw: { width: 40, height: 30, channels } });
};

async function message(
  ref: Parameters<typeof loadImage>[0],
  options?: Parameters<typeof loadImage>[1],
): Promise<string> {
  const error: unknown = await loadImage(ref, options).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
}

describe('loadImage', () => {
  it('drops alpha without mixing, as convert("RGB") does', async () => {
    const bytes = await sharp(Uint8Array.of(10, 20, 30, 0, 40, 50, 60, 128), {
      raw: { width: 2, height: 1, channels: 4 },
    })
      .png()
      .toBuffer();
    expect(await loadImage({ bytes })).toEqual({ width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 40, 50, 60) });
  });

  it('spreads grey over three channels', async () => {
    const bytes = await sharp(Uint8Array.of(0, 77, 255), { raw: { width: 3, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(1);
    expect((await loadImage({ bytes })).data).toEqual(Uint8Array.of(0, 0, 0, 77, 77, 77, 255, 255, 255));
  });

  it('leaves a picture as stored when EXIF asks for a turn', async () => {
    const bytes = await raw(3).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await loadImage({ bytes })).toMatchObject({ width: 40, height: 30 });
  });

  it('converts CMYK without a profile', async () => {
    const cmyk = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#d02010' } })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const { data } = await loadImage({ bytes: cmyk });
    expect(data.length).toBe(8 * 8 * 3);
    expect(data[0]!).toBeGreaterThan(150);
    expect(data[2]!).toBeLessThan(90);
    expect(cmykToRgb(Uint8Array.of(0, 128, 255, 0, 0, 128, 255, 51), 4)).toEqual(
      Uint8Array.of(255, 127, 0, 204, 102, 0),
    );
  });

  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('refuses a %s that was cut short', async (format) => {
    const bytes = await raw(3).toFormat(format).toBuffer();
    expect(await loadImage({ bytes })).toMatchObject({ width: 40, height: 30 });
    const path = join(dir, `cut.${format}`);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const text = await message({ path }, { sample: 'row 7' });
    expect(text).toContain('A picture cannot be decoded: it is truncated, damaged, or no picture');
    expect(text).toContain(`where    ${path}, sample row 7`);
  });

  it('names missing, empty and foreign files', async () => {
    expect(await message({ path: join(dir, 'none.png') }, { sample: '12' })).toContain(
      `A picture is missing\n  where    ${dir}/none.png, sample 12`,
    );
    expect(await message({ bytes: new Uint8Array() })).toContain('A picture is empty');
    expect(await message({ bytes: Buffer.from('<html>not found</html>') })).toContain('no picture');
    const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    expect(await message({ bytes: drawing })).toMatch(/format that is not read here[\s\S]*svg/);
    expect(await message({ path: dir })).toContain('A folder stands where a picture should');
  });

  it('refuses a picture of absurd size before decoding it', async () => {
    const bytes = await raw(3).png().toBuffer();
    bytes.writeUInt32BE(12000, 16); // the header's width, height and checksum
    bytes.writeUInt32BE(9000, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    expect(await message({ bytes })).toMatch(/too large to decode[\s\S]*12000 x 9000 pixels[\s\S]*100000000/);
    expect(await message({ bytes: await raw(3).png().toBuffer() }, { pixelLimit: 1000 })).toContain('40 x 30 pixels');
  });

  it('reads a picture that lies inside a larger file', async () => {
    const bytes = await raw(3).png().toBuffer();
    const path = join(dir, 'shard.tar');
    writeFileSync(path, Buffer.concat([Buffer.alloc(512), bytes, Buffer.alloc(99)]));
    const slice = { start: 512, length: bytes.length };
    expect(await loadImage({ path, slice })).toEqual(await loadImage({ bytes }));
    expect(await message({ path, slice: { start: 600, length: bytes.length } })).toMatch(
      /(cannot be decoded|ends before)[^]*shard\.tar, \d+ bytes from 600/,
    );
    expect(await message({ path, slice: { start: 512, length: 9999999 } }, { sample: 's' })).toMatch(
      /its file ends before it\n {2}where {4}.*shard\.tar, 9999999 bytes from 512, sample s/,
    );
  });
});
