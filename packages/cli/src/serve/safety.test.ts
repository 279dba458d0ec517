import { writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AllowedPlaces, ApiKeys } from '@moslora/server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runHere } from '../fixtures/run-here';
import { png, post, said, seen, uri, type Refusal } from './fixtures/bodies';
import { pngOf } from './fixtures/png-of';
import { serveFolder, writeServedFolder, type Running, type ServedFolder } from './fixtures/running-server';

/** A PNG of a few hundred bytes that claims to be as large as it is told. */
const bomb = (side: number): Buffer => pngOf(side, Buffer.alloc(1e6));

describe('what the server refuses', () => {
  let folder: ServedFolder;
  let running: Running;
  beforeAll(async () => {
    folder = await writeServedFolder();
    running = await serveFolder(folder, {
      limits: { bodyBytes: 300_000, pictureBytes: 100_000, picturePixels: 4_000_000, messages: 3, pictures: 2 },
    });
  });
  afterAll(async () => {
    await running.stop();
    folder.remove();
  });
  const refused = (body: unknown): Promise<Refusal> =>
    post(running.url, typeof body === 'string' ? body : JSON.stringify(body));

  it.each<[string, unknown, number, RegExp, (string | null)?]>([
    ['malformed JSON', '{"model": "tiny",', 400, /^the body is not valid JSON$/],
    ['nothing', '', 400, /empty/],
    ['a list', [], 400, /must be a JSON object/],
    ['no messages', { model: 'tiny' }, 400, /^messages: /, 'messages'],
    [
      'an unknown model',
      { ...said('a'), model: 'tinny' },
      404,
      /no model "tinny" is served here; there is tiny/,
      'model',
    ],
    [
      'a wrong role',
      { model: 'tiny', messages: [{ role: 'robot', content: 'a' }] },
      400,
      /^messages\.0\.role: /,
      'messages.0.role',
    ],
    [
      'roles out of order',
      { model: 'tiny', messages: [{ role: 'assistant', content: 'a' }] },
      400,
      /must end with a user turn/,
      'messages',
    ],
    [
      'two users',
      {
        model: 'tiny',
        messages: [
          { role: 'user', content: 'a' },
          { role: 'user', content: 'b' },
        ],
      },
      400,
      /out of order/,
    ],
    [
      'too many messages',
      { model: 'tiny', messages: Array(4).fill({ role: 'user', content: 'a' }) },
      400,
      /at most 3/,
      'messages',
    ],
    [
      'an unknown parameter',
      said('a', { temprature: 1 }),
      400,
      /unknown: temprature; parameters are model, messages/,
      'temprature',
    ],
    ['several answers', said('a', { n: 2 }), 400, /^n: a request has one answer/, 'n'],
    ['tools', said('a', { tools: [{ type: 'function' }] }), 400, /^tools: models call no tools here/, 'tools'],
    ['JSON to be answered', said('a', { response_format: { type: 'json_object' } }), 400, /answers are text/],
    ['five stops', said('a', { stop: ['a', 'b', 'c', 'd', 'e'] }), 400, /^stop: expected a text[^]*up to 4/, 'stop'],
    [
      'a system text alone',
      { model: 'tiny', messages: [{ role: 'system', content: 'a' }] },
      400,
      /end with a user turn/,
    ],
    [
      'a picture in an answer',
      {
        model: 'tiny',
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: [{ type: 'image_url', image_url: { url: uri(png) } }] },
          { role: 'user', content: 'b' },
        ],
      },
      400,
      /a picture in a message of role assistant/,
      'messages.1.content.0',
    ],
    ['a temperature out of range', said('a', { temperature: 3 }), 400, /^temperature: /, 'temperature'],
    ['too long an answer', said('a', { max_tokens: 100_000 }), 400, /at most 1024/, 'max_tokens'],
    ['too long a prompt', said('word '.repeat(600)), 400, /room for 512 together/, 'messages'],
    ['a mark of a picture', said('look: <image>'), 400, /pictures are given as parts/, 'messages.0.content.0'],
    ['a part of another kind', said([{ type: 'audio' }]), 400, /^messages\.0\.content\.0\.type: /],
    ['a body too large', said('a'.repeat(400_000)), 413, /larger than this server takes/],
    [
      'a picture too large',
      seen(uri(Buffer.concat([png, Buffer.alloc(120_000)]))),
      413,
      /more than 100000 bytes/,
      'messages.0.content.0',
    ],
    [
      'a truncated PNG',
      seen(uri(png.subarray(0, png.length >> 1))),
      400,
      /truncated, damaged, or no picture/,
      'messages.0.content.0',
    ],
    [
      'a decompression bomb',
      seen(uri(bomb(60_000))),
      400,
      /too large to decode[^]*60000 x 60000 pixels[^]*at most 4000000/,
    ],
    [
      'an SVG',
      seen(uri(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))),
      400,
      /format that is not read here/,
    ],
    ['no base64', seen('data:image/png;base64,@@@@'), 400, /no base64/],
    ['another data: URI', seen('data:text/plain,hello'), 400, /must be data:image/],
    ['a place on the web', seen('http://169.254.169.254/latest/meta-data'), 400, /are not fetched here/],
    ['a file', seen('file:///etc/passwd'), 400, /are not fetched here/],
  ])('%s', async (_, body, status, message, param) => {
    const { error, ...refusal } = await refused(body);
    expect(error.message).toMatch(message);
    expect(refusal.status).toBe(status);
    expect(error.type).toBe('invalid_request_error');
    if (param !== undefined) expect(error.param).toBe(param);
  });

  it('other paths, methods and kinds of body, in the same shape', async () => {
    const nowhere = await fetch(`${running.url}/v2/chat`);
    expect([nowhere.status, ((await nowhere.json()) as Refusal).error.code]).toEqual([404, 'not_found']);
    const got = await fetch(`${running.url}/v1/chat/completions`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    expect(((await got.json()) as Refusal).error.message).toBe('/v1/chat/completions takes POST, not GET');
    const preflight = await fetch(`${running.url}/v1/chat/completions`, {
      ...{
        method: 'OPTIONS',
        headers: { origin: 'http://elsewhere.example', 'access-control-request-method': 'POST' },
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([405, null]);
    expect((await fetch(`${running.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
    const text = await post(running.url, 'hello', { 'content-type': 'text/plain' });
    expect([text.status, text.error.message]).toEqual([415, 'send the body as application/json']);
  });

  it('and counts each by its status', async () => {
    const counts = async (): Promise<string[]> =>
      (await (await fetch(`${running.url}/metrics`)).text()).match(/^moslora_requests_total\{.*$/gm) ?? [];
    const count = async (model: string, status: number): Promise<number> => {
      const start = `moslora_requests_total{model="${model}",status="${status}"} `;
      return Number((await counts()).find((line) => line.startsWith(start))?.slice(start.length) ?? 0);
    };
    const places = [
      ['unknown', 400],
      ['unknown', 404],
      ['tiny', 400],
      ['tiny', 200],
    ] as const;
    const before = await Promise.all(places.map(([model, status]) => count(model, status)));
    await refused('{"model": "tiny",');
    await refused({ ...said('a'), model: 'x"\n{}' });
    await refused(said('a', { n: 2 }));
    await refused(said('a'));
    const after = await Promise.all(places.map(([model, status]) => count(model, status)));
    expect(after.map((each, at) => each - before[at]!)).toEqual([1, 1, 1, 1]);
  });

  it('a name that is not this machine’s, as a page elsewhere would have it', async () => {
    const asked = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        get(`${running.url}/v1/models`, { headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        }).on('error', reject);
      });
    expect(await asked('elsewhere.example:8000')).toBe(403);
    expect(await asked('localhost:1')).toBe(200);
  });
});

describe('where pictures may be fetched from', () => {
  it('files and addresses in places that are allowed, and nothing that leads out of them', async () => {
    const folder = await writeServedFolder();
    writeFileSync(join(folder.root, 'secret.png'), png);
    const web = createServer((request, response) => {
      if (request.url === '/pictures/there.png') response.end(png);
      else response.writeHead(302, { location: '/pictures/there.png' }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => web.once('listening', resolve));
    const origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    const places = new AllowedPlaces([`${pathToFileURL(folder.tiny).href}/`, `${origin}/pictures/`]);
    const running = await serveFolder(folder, { places });
    writeFileSync(join(folder.tiny, 'a.png'), png);
    const status = async (url: string): Promise<number> => (await post(running.url, JSON.stringify(seen(url)))).status;
    expect(await status(`${pathToFileURL(folder.tiny).href}/a.png`)).toBe(200);
    expect(await status(`${origin}/pictures/there.png`)).toBe(200);
    expect(await status(`${pathToFileURL(folder.root).href}/secret.png`)).toBe(400);
    expect(await status(`${pathToFileURL(folder.tiny).href}/../secret.png`)).toBe(400);
    expect(await status(`${origin}/elsewhere.png`)).toBe(400);
    expect(await status(`${origin}/pictures/moved.png`)).toBe(400);
    expect(await status(`${origin}/pictures/../elsewhere.png`)).toBe(400);
    await running.stop();
    web.close();
    folder.remove();
  });

  it('are refused as places with exit code 2 where they are none, before anything is loaded', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    for (const place of ['ftp://a/', 'https://example.org/pictures', 'https://example.org/?a=/', 'pictures/']) {
      // No such model either: what is said first was looked at first.
      const { code, err } = await runHere('serve', 'no/such/model', '--allow-pictures', place);
      expect([code, err]).toEqual([2, expect.stringContaining('no place that pictures can come from')]);
      expect(err).toMatch(/--allow-pictures/);
      expect(err).toContain(place);
    }
    expect(told).not.toHaveBeenCalled();
    told.mockRestore();
  });
});

describe('keys', () => {
  it('are asked for everywhere but at /healthz and the page, and stand in no log', async () => {
    const folder = await writeServedFolder();
    const file = join(folder.root, 'keys');
    writeFileSync(file, '# of the team\nkey-of-sixteen-or-more\n\nanother-key-for-another\n');
    const lines: string[] = [];
    const running = await serveFolder(folder, { keys: ApiKeys.fromFile(file), log: (line) => void lines.push(line) });
    const body = JSON.stringify(said('a'));
    const none = await post(running.url, body);
    expect([none.status, none.error.code, none.error.type]).toEqual([401, 'invalid_api_key', 'authentication_error']);
    expect((await post(running.url, body, { authorization: 'Bearer key-of-sixteen-or-mor' })).status).toBe(401);
    expect((await post(running.url, body, { authorization: 'Bearer another-key-for-another' })).status).toBe(200);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${running.url}/metrics`)).status).toBe(401);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join('\n')).not.toMatch(/key-/);
    writeFileSync(file, 'short\n');
    expect(() => ApiKeys.fromFile(file)).toThrow('A key is too short to be one');
    await running.stop();
    folder.remove();
  });
});
