import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '@moslora/specs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { benchmarkByName } from './all-benchmarks';
import { fetchBenchmark } from './fetch-benchmark';

const text = 'index\tquestion\n1\twhat\n';
const md5 = createHash('md5').update(text).digest('hex');
let [folder, address, requests] = ['', '', 0];
let server: Server;
let pope: Benchmark;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.method === 'GET') requests += 1;
    if (request.url === '/gone') response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': text.length }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pope = (await benchmarkByName('pope', 'here')).benchmark;
});
afterAll(() => void server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moslora-fetch-'));
  requests = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A benchmark whose file is served here. */
const served = (digests: readonly string[], path = 'there'): Benchmark => ({
  ...pope,
  files: [
    { name: 'b.tsv', url: `${address}/${path}`, hashes: digests.map((digest) => ({ kind: 'md5' as const, digest })) },
  ],
});
const fetched = (benchmark: Benchmark, any = false) => fetchBenchmark(benchmark, folder, { any });

describe('fetchBenchmark', () => {
  it('fetches a file, checks it, and leaves it alone from then on', async () => {
    const path = join(folder, 'b.tsv');
    expect(await fetched(served([md5]))).toEqual([{ path, bytes: text.length, fetched: true }]);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(await fetched(served([md5]))).toEqual([{ path, bytes: text.length, fetched: false }]);
    // An earlier version that was published is one too.
    expect(await fetched(served(['0'.repeat(32), md5]))).toMatchObject([{ fetched: false }]);
    expect(requests).toBe(1);
  });

  it('refuses what has another hash, at either end, unless any will do', async () => {
    await expect(fetched(served(['0'.repeat(32)]))).rejects.toThrow(new RegExp(`${md5}[^]*${'0'.repeat(32)}`));
    expect(existsSync(join(folder, 'b.tsv'))).toBe(false);
    writeFileSync(join(folder, 'b.tsv'), 'mine');
    await expect(fetched(served([md5]))).rejects.toThrow(
      new RegExp(`another file of this name is there already[^]*${md5}[^]*--any to keep it`),
    );
    expect(await fetched(served([md5]), true)).toMatchObject([{ bytes: 4, fetched: false }]);
    rmSync(join(folder, 'b.tsv'));
    expect(await fetched(served(['0'.repeat(32)]), true)).toMatchObject([{ bytes: text.length, fetched: true }]);
  });

  it('says what cannot be fetched', async () => {
    await expect(fetched(served([md5], 'gone'))).rejects.toThrow(/gone[^]*404/);
    const vqa = (await benchmarkByName('vqav2_val', 'here')).benchmark;
    await expect(fetched(vqa)).rejects.toThrow(/the files of `vqav2_val` are to be got by hand[^]*visualqa\.org/);
  });
});
