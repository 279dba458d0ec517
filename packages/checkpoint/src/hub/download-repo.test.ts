import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@moslora/specs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadRepo, type DownloadOptions } from './download-repo';
import { digestOf, HubServer, type ServedFile } from './fixtures/hub-server';
import { hubSettings } from './hub-settings';

const commit = '0123456789abcdef0123456789abcdef01234567';
const bytes = (length: number, seed = 1): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * i * seed) % 251));
const big = 'model-00001-of-00002.safetensors';
let cacheDir: string;
let server: HubServer;
let files: ServedFile[];

beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'hub-cache-'));
  files = [
    { path: 'config.json', content: Buffer.from('{"model_type": "llama"}') },
    { path: big, content: bytes(400_000), lfs: true },
    { path: 'model-00002-of-00002.safetensors', content: bytes(90_000, 3), lfs: true },
    { path: 'sub/template.jinja', content: Buffer.from('{{ x }}') },
    { path: 'same.json', content: Buffer.from('{"model_type": "llama"}') },
    { path: 'empty.txt', content: Buffer.alloc(0) },
    { path: 'pytorch_model.bin', content: bytes(5000, 7), lfs: true },
    { path: 'card.png', content: bytes(100) },
  ];
  server = await HubServer.start('owner/name', commit, files);
});
afterEach(() => server.stop());

const settings = (more: Record<string, string> = {}) =>
  hubSettings({ HF_ENDPOINT: server.endpoint, HF_HUB_CACHE: cacheDir, ...more });
const download = (options: DownloadOptions = {}) =>
  downloadRepo('owner/name', { settings: settings(), patience: { pause: 0.001 }, ...options });
const repoFolder = (): string => join(cacheDir, 'models--owner--name');
const fileOf = (path: string): ServedFile => files.find((file) => file.path === path)!;

async function problem(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
}

describe('downloadRepo', () => {
  it('fills a cache of the layout that Hugging Face has', async () => {
    const seen: number[] = [];
    const result = await download({ onProgress: ({ done, total }) => seen.push(done / total) });
    const snapshot = join(repoFolder(), 'snapshots', commit);
    expect(result).toEqual({
      ...{ repo: 'owner/name', revision: 'main', commit, folder: snapshot, files: 6 },
      ...{ bytes: 490_053, fetched: 490_030 },
    });
    expect(readFileSync(join(repoFolder(), 'refs', 'main'), 'utf8')).toBe(commit);
    for (const { path, content } of files.slice(0, 6)) {
      expect(readFileSync(join(snapshot, path)).equals(content), path).toBe(true);
      expect(lstatSync(join(snapshot, path)).isSymbolicLink()).toBe(true);
    }
    expect(readlinkSync(join(snapshot, big))).toBe(join('..', '..', 'blobs', digestOf(fileOf(big))));
    expect(readlinkSync(join(snapshot, 'sub', 'template.jinja'))).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(readdirSync(snapshot)).not.toContain('pytorch_model.bin');
    expect(readdirSync(snapshot)).not.toContain('card.png');
    expect(readdirSync(join(repoFolder(), 'blobs')).sort()).toEqual(
      [...new Set(files.slice(0, 6).map(digestOf))].sort(),
    );
    expect(seen.at(-1)).toBe(1);
  });

  it('fetches nothing twice', async () => {
    await download();
    server.requests.length = 0;
    expect(await download()).toMatchObject({ fetched: 0, bytes: 490_053 });
    expect(server.requests.filter(({ url }) => url.includes('/resolve/'))).toEqual([]);
  });

  it('takes what it is asked to take', async () => {
    const { folder } = await download({ include: ['*.json', 'sub/*', '*.bin'], exclude: ['same*'] });
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'pytorch_model.bin', 'sub']);
    expect(await problem(download({ include: ['*.gguf'] }))).toMatch(
      /No file of the repository is wanted[^]*config\.json/,
    );
  });

  it('goes on where a connection was dropped', async () => {
    fileOf(big).mischief = { drop: { after: 100_000, times: 3 } };
    await download({ atOnce: 1 });
    const starts = server
      .rangesOf(big)
      .map((range) => Number(/^bytes=(\d+)-399999$/.exec(range ?? 'bytes=0-399999')![1]));
    expect(starts[0]).toBe(0);
    expect(starts).toHaveLength(4);
    for (let i = 1; i < 4; i++) expect(starts[i]).toBeGreaterThan(starts[i - 1]!);
  });

  it('goes on with what an earlier run left', async () => {
    const blob = join(repoFolder(), 'blobs', digestOf(fileOf(big)));
    mkdirSync(join(repoFolder(), 'blobs'), { recursive: true });
    writeFileSync(`${blob}.incomplete`, fileOf(big).content.subarray(0, 300_000));
    const { fetched } = await download();
    expect(server.rangesOf(big)).toEqual(['bytes=300000-399999']);
    expect(fetched).toBe(490_030 - 300_000);
    expect(existsSync(`${blob}.incomplete`)).toBe(false);
  });

  it('starts a file anew when what was left of it was something else', async () => {
    const blob = join(repoFolder(), 'blobs', digestOf(fileOf(big)));
    mkdirSync(join(repoFolder(), 'blobs'), { recursive: true });
    writeFileSync(`${blob}.incomplete`, bytes(300_000, 9));
    await download();
    expect(server.rangesOf(big)).toEqual(['bytes=300000-399999', undefined]);
    expect(readFileSync(blob).equals(fileOf(big).content)).toBe(true);
  });

  it('starts a file anew where a server has no ranges', async () => {
    fileOf(big).mischief = { noRanges: true, drop: { after: 100_000, times: 1 } };
    const { folder } = await download();
    expect(readFileSync(join(folder, big)).equals(fileOf(big).content)).toBe(true);
  });

  it.each([big, 'config.json'])('refuses contents of another hash: %s', async (path) => {
    fileOf(path).mischief = { garble: { times: 9 } };
    const text = await problem(download());
    expect(text).toContain('does not have the hash that the hub gives for it');
    expect(text).toContain(`where    ${server.endpoint}/owner/name, ${path}`);
    expect(text).toContain(`expected ${digestOf(fileOf(path))} (${path === big ? 'SHA-256' : 'git'})`);
    expect(readdirSync(join(repoFolder(), 'blobs'))).not.toContain(digestOf(fileOf(path)));
    expect(readdirSync(join(repoFolder(), 'blobs'))).not.toContain(`${digestOf(fileOf(path))}.incomplete`);
    expect(existsSync(join(repoFolder(), 'snapshots'))).toBe(false);
  });

  it('waits out an overloaded hub and a dead connection, and gives up at last', async () => {
    fileOf(big).mischief = { status: { code: 503, times: 2 } };
    fileOf('config.json').mischief = { stall: { after: 5, times: 1 } };
    await download({ patience: { pause: 0.001, stall: 0.1 } });
    rmSync(repoFolder(), { recursive: true });
    fileOf(big).mischief = { drop: { after: 0, times: 99 } };
    const text = await problem(download({ patience: { pause: 0.001, attempts: 3 } }));
    expect(text).toContain('broke off again and again');
    expect(server.rangesOf(big).length).toBeGreaterThanOrEqual(3);
  });

  it('stops when told to, and keeps what came', async () => {
    const stop = new AbortController();
    fileOf(big).mischief = { stall: { after: 50_000, times: 1 } };
    const run = download({
      ...{ signal: stop.signal, atOnce: 1 },
      onProgress: ({ done }) => done > 40_000 && setTimeout(() => stop.abort(), 10),
    });
    await expect(run).rejects.toThrow('aborted');
    const left = join(repoFolder(), 'blobs', `${digestOf(fileOf(big))}.incomplete`);
    expect(readFileSync(left).equals(fileOf(big).content.subarray(0, 50_000))).toBe(true);
    await download();
    expect(server.rangesOf(big).at(-1)).toBe('bytes=50000-399999');
  });

  it('gives the token to the hub, not to where it redirects, and shows it nowhere', async () => {
    server.token = 'hf_secretsecret';
    const refused = await problem(download());
    expect(refused).toMatch(/does not let this model be read[^]*set HF_TOKEN[^]*/);
    const wrong = await problem(download({ settings: settings({ HF_TOKEN: 'hf_othersecret' }) }));
    expect(wrong).toContain('check that the account of HF_TOKEN may read it');
    expect(wrong).not.toContain('othersecret');
    server.requests.length = 0;
    await download({ settings: settings({ HF_TOKEN: 'hf_secretsecret' }) });
    const sent = (where: string) =>
      server.requests.filter((each) => each.server === where).map((each) => each.authorization);
    expect(new Set(sent('hub'))).toEqual(new Set(['Bearer hf_secretsecret']));
    expect(new Set(sent('cdn'))).toEqual(new Set([undefined]));
  });

  it('says what is not there', async () => {
    expect(await problem(download({ revision: 'v2' }))).toMatch(/no such model, revision[^]*revision v2/);
    expect(await problem(downloadRepo('owner/other', { settings: settings() }))).toContain('no such model');
    for (const name of ['a/b/c', '../x', 'a b', 'a--b/c', ''])
      expect(await problem(downloadRepo(name, { settings: settings() }))).toContain('no name of a model repository');
    expect(await problem(download({ revision: '../main' }))).toContain('This is no revision');
  });

  it('refuses files outside the folder, and files without a hash', async () => {
    files.push({ path: '../../evil.json', content: Buffer.from('x') });
    expect(await problem(download())).toMatch(/a file outside its folder[^]*"\.\.\/\.\.\/evil\.json"/);
    expect(existsSync(join(cacheDir, '..', 'evil.json'))).toBe(false);
  });
});

describe('without network', () => {
  it('says how to place files by hand', async () => {
    const away = settings();
    await server.stop();
    const text = await problem(downloadRepo('owner/name', { settings: away }));
    expect(text).toContain('The hub cannot be reached');
    expect(text).toContain('ECONNREFUSED');
    expect(text).toContain(`git clone ${away.endpoint}/owner/name`);
    expect(text).toContain(
      `copy the folder models--owner--name of its cache into ${cacheDir} and set HF_HUB_OFFLINE=1`,
    );
    server = await HubServer.start('owner/name', commit, files);
  });

  it('takes what is in the cache, and says so', async () => {
    const { folder } = await download();
    const away = settings();
    await server.stop();
    const lines: string[] = [];
    const again = await downloadRepo('owner/name', { settings: away, log: (line) => lines.push(line) });
    expect(again).toMatchObject({ folder, commit, fetched: 0, files: 6 });
    expect(lines.join()).toContain('taking what is in the cache');
    server = await HubServer.start('owner/name', commit, files);
  });

  it('asks nobody when it is told to be offline', async () => {
    await download();
    server.requests.length = 0;
    const offline = settings({ HF_HUB_OFFLINE: '1' });
    const { folder } = await downloadRepo('owner/name', { settings: offline });
    expect(await downloadRepo('owner/name', { settings: offline, revision: commit })).toMatchObject({ folder });
    expect(server.requests).toEqual([]);
    const absent = await problem(downloadRepo('owner/name', { settings: offline, revision: 'v2' }));
    expect(absent).toMatch(/not in the cache, and HF_HUB_OFFLINE is set[^]*revision v2[^]*place config\.json/);
    writeFileSync(
      join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ weight_map: { a: 'model-00001-of-00003.safetensors', b: big } }),
    );
    rmSync(join(repoFolder(), 'blobs', digestOf(fileOf('config.json'))));
    expect(await problem(downloadRepo('owner/name', { settings: offline }))).toMatch(
      /is not whole[^]*3 files are missing: config\.json, same\.json, model-00001-of-00003\.safetensors/,
    );
  });
});

describe('hubSettings', () => {
  it('reads the environment as Hugging Face does', () => {
    expect(hubSettings({ HF_HOME: '/h' })).toEqual({
      ...{ endpoint: 'https://huggingface.co', token: undefined, cacheDir: '/h/hub', offline: false },
    });
    expect(hubSettings({ HF_HOME: '/h', HF_HUB_CACHE: '/c', HF_HUB_OFFLINE: 'TRUE', HF_TOKEN: ' t\n' })).toMatchObject({
      ...{ cacheDir: '/c', offline: true, token: 't' },
    });
    expect(hubSettings({ XDG_CACHE_HOME: '/x', HF_ENDPOINT: 'https://mirror.org/' })).toMatchObject({
      ...{ cacheDir: '/x/huggingface/hub', endpoint: 'https://mirror.org' },
    });
    expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow(/HF_ENDPOINT is no address[^]*got {6}mirror/);
  });
});
