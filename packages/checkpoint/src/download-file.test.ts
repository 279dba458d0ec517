import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile } from './index';

const content = Buffer.alloc(300_000, 'MMBench ');
const md5 = createHash('md5').update(content).digest('hex');
const folder = mkdtempSync(join(tmpdir(), 'download-'));
let server: Server;
let url = '';
let asked: (string | undefined)[] = [];
/** Bytes after which the connection breaks, request after request. */
let breaks: number[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url !== '/file.tsv') return void response.writeHead(404).end();
    const begin = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(begin > 0 ? 206 : 200, { 'content-length': content.length - begin });
    if (request.method === 'HEAD') return void response.end();
    asked.push(request.headers.range);
    const most = breaks.shift();
    if (most === undefined) return void response.end(content.subarray(begin));
    response.write(content.subarray(begin, begin + most), () => setTimeout(() => response.destroy(), 20));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.tsv`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
  breaks = [];
});

const get = (name: string, digest: string | undefined = md5, from = url) =>
  downloadFile({
    ...{ url: from, target: join(folder, name), publisher: 'VLMEvalKit', patience: { pause: 0.001, attempts: 3 } },
    hash: digest === undefined ? undefined : { kind: 'md5', digest },
  });

describe('downloadFile', () => {
  it('goes on after breaks, in this run and from an earlier one, and checks the hash', async () => {
    breaks = [100_000, 50_000];
    writeFileSync(join(folder, 'a.tsv.incomplete'), content.subarray(0, 1000));
    expect(await get('a.tsv')).toBe(content.length);
    expect(readFileSync(join(folder, 'a.tsv')).equals(content)).toBe(true);
    expect(asked).toEqual(['bytes=1000-', 'bytes=101000-', 'bytes=151000-']);
  });

  it('refuses other contents, and leaves no file of that name', async () => {
    const wanted = '0'.repeat(32);
    await expect(get('b.tsv', wanted)).rejects.toThrow(
      `A downloaded file does not have the hash that VLMEvalKit gives for it\n  where    ${url}\n  got      ${md5}\n  expected ${wanted} (MD5)`,
    );
    expect(existsSync(join(folder, 'b.tsv'))).toBe(false);
    expect(await downloadFile({ url, target: join(folder, 'b.tsv'), hash: undefined, publisher: '' })).toBe(
      content.length,
    );
  });

  it('says what the address gives instead, and where else to put the file', async () => {
    await expect(get('c.tsv', md5, url.replace('file', 'nothing'))).rejects.toThrow(
      /The address does not give the file[^]*got {6}status 404[^]*put it at .*c\.tsv/,
    );
    await expect(get('d.tsv', md5, 'http://127.0.0.1:9/x.tsv')).rejects.toThrow('The download did not come to an end');
  });
});
