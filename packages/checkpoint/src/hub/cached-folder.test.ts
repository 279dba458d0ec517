import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cachedFolder } from './cached-folder';
import { hubSettings } from './hub-settings';

const cacheDir = mkdtempSync(join(tmpdir(), 'cached-folder-'));
afterAll(() => rmSync(cacheDir, { recursive: true }));
const settings = hubSettings({ HF_HUB_CACHE: cacheDir });
const repo = join(cacheDir, 'models--owner--name');
const [first, second] = ['a'.repeat(40), 'b'.repeat(40)];

it('is the revision that main stands for, else any that is there', () => {
  expect(cachedFolder('owner/name', settings)).toBeUndefined();
  for (const commit of [first, second]) mkdirSync(join(repo, 'snapshots', commit), { recursive: true });
  expect(cachedFolder('owner/name', settings)).toBe(join(repo, 'snapshots', first));
  mkdirSync(join(repo, 'refs'));
  writeFileSync(join(repo, 'refs', 'main'), second);
  expect(cachedFolder('owner/name', settings)).toBe(join(repo, 'snapshots', second));
  writeFileSync(join(repo, 'refs', 'main'), 'c'.repeat(40));
  expect(cachedFolder('owner/name', settings)).toBe(join(repo, 'snapshots', first));
});

it('is nothing for a path', () => {
  for (const name of ['../..', 'name', '/owner/name', 'a/b/c']) expect(cachedFolder(name, settings)).toBeUndefined();
});
