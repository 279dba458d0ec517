import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { replaceFile, sha256File, withNewFolder, writeFileAtomic } from './index';

let dir: string;
let target: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'folder-'));
  target = join(dir, 'run');
});

describe('withNewFolder', () => {
  it('replaces the old folder only after success', async () => {
    mkdirSync(target);
    writeFileSync(join(target, 'old'), '1');
    await withNewFolder(target, (temporary) => {
      expect(readdirSync(target)).toEqual(['old']);
      writeFileSync(join(temporary, 'new'), '2');
    });
    expect(readdirSync(target)).toEqual(['new']);
    expect(readdirSync(dir)).toEqual(['run']);
  });

  it('keeps the old folder and removes its own when it fails', async () => {
    mkdirSync(target);
    writeFileSync(join(target, 'old'), '1');
    const attempt = withNewFolder(target, (temporary) => {
      writeFileSync(join(temporary, 'new'), '2');
      return Promise.reject(new Error('disk on fire'));
    });
    await expect(attempt).rejects.toThrow('disk on fire');
    expect(readdirSync(target)).toEqual(['old']);
    expect(readdirSync(dir)).toEqual(['run']);
  });

  it.skipIf(!existsSync('/dev/full'))('names the place of a full disk as it was asked for', async () => {
    const full = (): void => void writeSync(openSync('/dev/full', 'w'), 'x');
    await expect(withNewFolder(target, full)).rejects.toMatchObject({ code: 'ENOSPC', path: target });
    const inside = (dir: string): void => replaceFile(join(dir, 'weights'), full);
    await expect(withNewFolder(target, inside)).rejects.toMatchObject({
      code: 'ENOSPC',
      path: join(target, 'weights'),
    });
    const copied = (dir: string): void => copyFileSync(join(target, 'nowhere'), join(dir, 'copy'));
    await expect(withNewFolder(target, copied)).rejects.toMatchObject({
      code: 'ENOENT',
      path: join(target, 'nowhere'),
    });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('clears what killed writers left, and nothing else', async () => {
    const gone = 2 ** 22 + 1; // above the largest process number of Linux
    for (const name of [`.run.tmp-${gone}`, `.run.tmp-${process.pid}`, `.running.tmp-${gone}`, '.run.tmp-1'])
      mkdirSync(join(dir, name));
    await withNewFolder(target, () => {});
    expect(readdirSync(dir).sort()).toEqual(['.run.tmp-1', `.running.tmp-${gone}`, 'run']);
  });

  it('puts the old folder back when a writer was killed between the two renames', async () => {
    mkdirSync(join(dir, `.run.old-${2 ** 22 + 1}`));
    await expect(
      withNewFolder(target, () => {
        throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    expect(existsSync(target)).toBe(true);
  });
});

describe('writeFileAtomic', () => {
  it('makes folders, replaces the file, and leaves no temporary one', () => {
    const path = join(dir, 'a', 'b.txt');
    writeFileAtomic(path, 'one');
    writeFileAtomic(path, 'zwei ä');
    expect(readFileSync(path, 'utf8')).toBe('zwei ä');
    expect(readdirSync(join(dir, 'a'))).toEqual(['b.txt']);
  });

  it('cleans up when the target cannot be replaced', () => {
    mkdirSync(join(dir, 'taken', 'x'), { recursive: true });
    expect(() => writeFileAtomic(join(dir, 'taken'), 'text')).toThrow();
    expect(readdirSync(dir)).toEqual(['taken']);
  });
});

it('sha256File gives the published digest of "abc"', () => {
  writeFileSync(target, 'abc');
  expect(sha256File(target)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
