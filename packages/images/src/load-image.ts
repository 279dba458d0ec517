import { existsSync, statSync } from 'node:fs';
import { fail, type ImageRef } from '@moslora/specs';
import sharp from 'sharp';
import { cmykToRgb } from './cmyk';
import type { Picture } from './picture';
import { sliceBytes } from './slice-bytes';

export interface LoadOptions {
  /** The sample the picture belongs to, for error messages. */
  sample?: string | undefined;
  /** Largest width x height that is decoded; a small file can claim any size. Default 100 million. */
  pixelLimit?: number | undefined;
}

const known = ['jpeg', 'png', 'webp', 'gif', 'tiff'];

/**
 * Decodes a picture to 8-bit RGB, the way Pillow's `Image.open(...).convert('RGB')` does: no turning by EXIF, no colour
 * profile applied, alpha dropped, grey and CMYK converted, the first picture of an animation.
 * Throws a UserError naming file and sample for anything that is not a whole picture of sane size.
 */
export async function loadImage(
  ref: ImageRef,
  { sample, pixelLimit = 100_000_000 }: LoadOptions = {},
): Promise<Picture> {
  const what = spell(ref);
  const where = sample === undefined ? what : `${what}, sample ${sample}`;
  checkPresence(ref, where);
  const image = sharp('bytes' in ref ? ref.bytes : ref.slice ? sliceBytes(ref.path, ref.slice) : ref.path, {
    failOn: 'error',
    ignoreIcc: true,
    limitInputPixels: false,
  });
  const { format, width, height, space } = await image.metadata().catch((error: unknown) => undecodable(where, error));
  if (!known.includes(format)) {
    fail({
      what: 'The picture has a format that is not read here',
      where,
      got: format,
      expected: known.join(', '),
      fix: 'convert it',
    });
  }
  if (width * height > pixelLimit) {
    fail({
      what: 'The picture is too large to decode',
      where,
      got: `${width} x ${height} pixels`,
      expected: `at most ${pixelLimit} pixels`,
      fix: 'shrink the picture, or leave the sample out if the file is not what it says',
    });
  }
  const cmyk = space === 'cmyk';
  const flat = cmyk ? image.toColourspace('cmyk') : image.toColourspace('srgb').removeAlpha();
  const { data, info } = await flat
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => undecodable(where, error));
  const rgb = cmyk ? cmykToRgb(data, info.channels) : data;
  return { width: info.width, height: info.height, data: new Uint8Array(rgb.buffer, rgb.byteOffset, rgb.byteLength) };
}

function checkPresence(ref: ImageRef, where: string): void {
  if ('path' in ref && !existsSync(ref.path)) {
    fail({
      what: 'A picture is missing',
      where,
      fix: 'get the file, check the picture folder, or take the sample out of the data',
    });
  }
  const found = 'path' in ref ? statSync(ref.path) : undefined;
  if (found?.isDirectory()) fail({ what: 'A folder stands where a picture should', where });
  const size = 'bytes' in ref ? ref.bytes.length : (ref.slice?.length ?? found?.size);
  if (size === 0) fail({ what: 'A picture is empty', where, got: '0 bytes', fix: 'get the file again' });
  const end = 'slice' in ref && ref.slice ? ref.slice.start + ref.slice.length : 0;
  if (found && end > found.size) {
    fail({
      what: 'A picture is missing: its file ends before it',
      where,
      got: `${found.size} bytes`,
      expected: `at least ${end}`,
      fix: 'get the file again',
    });
  }
}

function spell(ref: ImageRef): string {
  if ('bytes' in ref) return `a picture of ${ref.bytes.length} bytes`;
  return ref.slice ? `${ref.path}, ${ref.slice.length} bytes from ${ref.slice.start}` : ref.path;
}

function undecodable(where: string, error: unknown): never {
  const reason = error instanceof Error ? error.message.trim().split('\n')[0] : String(error);
  fail({
    what: 'A picture cannot be decoded: it is truncated, damaged, or no picture',
    where,
    got: reason,
    expected: `a whole ${known.join(', ')} file`,
    fix: 'get the file again, or take the sample out of the data',
  });
}
