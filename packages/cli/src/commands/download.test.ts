import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runHere } from '../fixtures/run-here';

const commit = 'c'.repeat(40);
let cache: string;

const run = (...args: string[]) => runHere('download', ...args);

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'hub-'));
  vi.stubEnv('HF_HUB_CACHE', cache);
  // Nobody listens on the discard port.
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
});
afterEach(() => vi.unstubAllEnvs());

it('exits with 2 and says what to do where there is no network', async () => {
  vi.stubEnv('HF_TOKEN', 'hf_verysecret');
  const { code, out, err } = await run('owner/name', '--json');
  expect(code).toBe(2);
  expect(err).toContain('The hub cannot be reached');
  expect(err).toContain('place the files by hand');
  expect(JSON.parse(out)).toMatchObject({ error: { problems: [{ where: 'http://127.0.0.1:9/owner/name' }] } });
  expect(out + err).not.toContain('verysecret');
});

it('prints the folder of what is in the cache', async () => {
  const folder = join(cache, 'models--owner--name', 'snapshots', commit);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), '{}');
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  const { code, out } = await run('owner/name', '--revision', commit);
  expect(code).toBe(0);
  expect(out).toBe(`1 files, 2 B (0 B fetched), commit ${commit}\n${folder}\n`);
});
