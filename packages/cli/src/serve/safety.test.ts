import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateSync, crc32 } from 'node:zlib';
import { Rng } from '@moslora/runtime';
import { ApiKeys } from '@moslora/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { serveFolder, writeServedFolder, type Running, type ServedFolder } from './fixtures/running-server';

const png = readFileSync(join(root, 'packages/images/src/fixtures/processors/CLIP/picture.png'));
const uri = (bytes: Uint8Array): string => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
const seen = (url: string): object => ({
  model: 'tiny',
  max_tokens: 2,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url } },
        { type: 'text', text: 'What?' },
      ],
    },
  ],
});
const said = (content: unknown, more: object = {}): object => ({
  model: 'tiny',
  max_tokens: 2,
  messages: [{ role: 'user', content }],
  ...more,
});

/** A PNG of a few hundred bytes that claims to be as large as it is told. */
function bomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    start,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1e6))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

interface Refusal {
  status: number;
  error: { message: string; type: string; param: string | null; code: string | null };
  headers: Headers;
}

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Refusal> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    ...{ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } },
  });
  const { error } = (await response.json()) as Pick<Refusal, 'error'>;
  return { status: response.status, error, headers: response.headers };
}

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
    ['malformed JSON', '{"model": "tiny",', 400, /not valid JSON|JSON/],
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
    ['several answers', said('a', { n: 2 }), 400, /^n: /, 'n'],
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
    const text = await post(running.url, 'hello', { 'content-type': 'text/plain' });
    expect([text.status, text.error.message]).toEqual([415, 'send the body as application/json']);
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

  it('1,000 fuzzed bodies, and answers as before', async () => {
    const before = await running.client.chat.completions.create(seen(uri(png)) as never);
    const rng = new Rng('fuzz');
    const statuses = new Map<number, number>();
    for (let i = 0; i < 1000; i += 1) {
      const { status, error } = await refused(fuzzed(rng));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(status).toBeLessThan(500);
      if (status !== 200) expect(error.message).not.toBe('');
    }
    console.log(`fuzzed bodies by status: ${JSON.stringify([...statuses])}`);
    expect(statuses.get(400)).toBeGreaterThan(500);
    const after = await running.client.chat.completions.create(seen(uri(png)) as never);
    expect(after.choices).toEqual(before.choices);
  }, 120_000);
});

/** A sound body with something broken: bytes, a value, or a place that holds something else. */
function fuzzed(rng: Rng): string {
  const sound = JSON.stringify(rng.int(3) ? said('What is seen?') : seen(uri(png)));
  const kind = rng.int(4);
  if (kind === 0) return sound.slice(0, rng.int(sound.length));
  if (kind === 1) {
    const bytes = Buffer.from(sound);
    for (let n = 1 + rng.int(8); n > 0; n -= 1) bytes[rng.int(bytes.length)] = rng.int(256);
    return bytes.toString('latin1');
  }
  const strange = [
    null,
    -1,
    1e308,
    '',
    'x',
    [],
    {},
    [[]],
    true,
    '\u0000',
    '__proto__',
    Array(50).fill({}),
    { a: { b: [1] } },
  ];
  const body = JSON.parse(sound) as Record<string, unknown>;
  if (kind === 2) {
    const keys = [
      'model',
      'messages',
      'temperature',
      'top_p',
      'stop',
      'seed',
      'stream_options',
      'logprobs',
      'max_tokens',
      'x',
    ];
    body[rng.pick(keys)] = rng.pick(strange);
  } else {
    const [message] = body['messages'] as Record<string, unknown>[];
    message![rng.pick(['role', 'content', 'name', 'tool_calls'])] = rng.pick(strange);
  }
  return JSON.stringify(body);
}

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
    const allowPictures = [`${pathToFileURL(folder.tiny).href}/`, `${origin}/pictures/`];
    const running = await serveFolder(folder, { allowPictures });
    writeFileSync(join(folder.tiny, 'a.png'), png);
    const status = async (url: string): Promise<number> => (await post(running.url, JSON.stringify(seen(url)))).status;
    expect(await status(`${pathToFileURL(folder.tiny).href}/a.png`)).toBe(200);
    expect(await status(`${origin}/pictures/there.png`)).toBe(200);
    expect(await status(`${pathToFileURL(folder.root).href}/secret.png`)).toBe(400);
    expect(await status(`${pathToFileURL(folder.tiny).href}/../secret.png`)).toBe(400);
    expect(await status(`${origin}/elsewhere.png`)).toBe(400);
    expect(await status(`${origin}/pictures/moved.png`)).toBe(400);
    expect(await status(`${origin}/pictures/../elsewhere.png`)).toBe(400);
    await expect(serveFolder(folder, { allowPictures: ['ftp://a/'] })).rejects.toThrow(
      'no place that pictures can come from',
    );
    await running.stop();
    web.close();
    folder.remove();
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
