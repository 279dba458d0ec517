import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { zipArchive, ZipFile } from '../index';

const folder = mkdtempSync(join(tmpdir(), 'zip-'));
afterAll(() => rmSync(folder, { recursive: true }));
const content = { 'a/b.txt': 'text', 'big.bin': Buffer.alloc(3_000_000, 'moslora'), empty: '' };

function archive(name: string, bytes: Buffer = zipArchive(content)): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

it('lists, reads and extracts entries', async () => {
  const zip = ZipFile.open(archive('whole.zip'));
  expect(zip.names()).toEqual(Object.keys(content));
  expect(zip.size('big.bin')).toBe(3_000_000);
  expect(zip.read('a/b.txt').toString()).toBe('text');
  expect(zip.read('empty')).toHaveLength(0);
  await zip.extract('big.bin', join(folder, 'big.bin'));
  expect(readFileSync(join(folder, 'big.bin')).equals(content['big.bin'])).toBe(true);
  expect(() => zip.read('none')).toThrow('has no entry none');
  zip.close();
});

it('is the same for the same contents', () => expect(zipArchive(content).equals(zipArchive(content))).toBe(true));

it('refuses a file that is cut short, and one whose data were changed', async () => {
  const whole = zipArchive(content);
  expect(() => ZipFile.open(archive('cut.zip', whole.subarray(0, whole.length - 200)))).toThrow(
    /cut\.zip is cut short or no zip archive: its directory is missing \(\d+ bytes\)/,
  );
  const wrong = zipArchive({ a: 'x' });
  wrong.writeUInt8(wrong.readUInt8(14) ^ 0xff, 14);
  const central = wrong.indexOf('PK\x01\x02', 0, 'latin1');
  wrong.writeUInt8(wrong.readUInt8(central + 16) ^ 0xff, central + 16);
  const zip = ZipFile.open(archive('wrong.zip', wrong));
  expect(() => zip.read('a')).toThrow('is damaged: a does not have the length and checksum its directory gives');
  await expect(zip.extract('a', join(folder, 'a'))).rejects.toThrow('is damaged: a');
  zip.close();
});
