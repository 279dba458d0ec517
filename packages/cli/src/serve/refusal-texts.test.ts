import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SafetensorsFile, writeSafetensors } from '@moslora/checkpoint';
import { AllowedPlaces, ApiKeys } from '@moslora/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderAnswerer } from '../evaluate/folder-answerer';
import { png, post, said, seen, uri, type Refusal } from './fixtures/bodies';
import {
  serveFolder,
  serveModels,
  writeServedFolder,
  type Running,
  type ServedFolder,
} from './fixtures/running-server';

/** What a refusal says, word for word: people read it, and clients show it. */
const told = ({ status, error: { message, code, param } }: Refusal): unknown[] => [status, message, code, param];

let folder: ServedFolder;
beforeAll(async () => void (folder = await writeServedFolder(['qlora'])));
afterAll(() => folder.remove());

describe('the words of a refusal', () => {
  let running: Running;
  beforeAll(async () => {
    running = await serveFolder(folder, { limits: { pictures: 2, messages: 3, newTokens: 50 } });
  });
  afterAll(() => running.stop());

  const image = { type: 'image_url', image_url: { url: uri(png) } };
  const asked = (role: string, content: unknown): object => ({ model: 'tiny', messages: [{ role, content }] });
  it.each<[string, object, number, string, (string | null)?, (string | null)?]>([
    [
      'top_logprobs alone',
      said('a', { top_logprobs: 2 }),
      400,
      'top_logprobs goes with logprobs: true',
      null,
      'top_logprobs',
    ],
    ['pictures', said([image, image, image]), 400, '3 pictures, and at most 2 are taken', null, 'messages'],
    [
      'messages',
      { ...said('a'), messages: Array(4).fill({ role: 'user', content: 'a' }) },
      400,
      '4 messages, and at most 3 are taken',
    ],
    [
      'tokens',
      said('a', { max_tokens: 51 }),
      400,
      'max_tokens is 51, and at most 50 are made here',
      null,
      'max_tokens',
    ],
    ['no messages', { model: 'tiny', messages: [] }, 400, 'messages: at least one message', null, 'messages'],
    ['no parts', said([]), 400, 'messages.0.content: at least one part', null, 'messages.0.content'],
    ['content', said(7), 400, 'messages.0.content: expected a text, or a list of text and image_url parts'],
    ['n', said('a', { n: 2 }), 400, 'n: a request has one answer: 1 or left out', null, 'n'],
    [
      'penalty',
      said('a', { frequency_penalty: 1 }),
      400,
      'frequency_penalty: not there: 0 or left out; there is repetition_penalty',
    ],
    [
      'presence',
      said('a', { presence_penalty: 1 }),
      400,
      'presence_penalty: not there: 0 or left out; there is repetition_penalty',
    ],
    ['bias', said('a', { logit_bias: { 1: 2 } }), 400, 'logit_bias: unknown: 1', null, 'logit_bias.1'],
    [
      'format',
      said('a', { response_format: { type: 'x' } }),
      400,
      'response_format.type: answers are text: "text" or left out',
    ],
    ['tools', said('a', { tools: [{}] }), 400, 'tools: models call no tools here: [] or left out', null, 'tools'],
    ['stop', said('a', { stop: 7 }), 400, 'stop: expected a text that is not empty, or up to 4 of them', null, 'stop'],
    [
      'a name nearly right',
      said('a', { model: 'qlor' }),
      404,
      'no model "qlor" is served here; there is tiny, qlora (did you mean qlora?)',
      'model_not_found',
      'model',
    ],
    ['no URL', seen('picture.png'), 400, 'no URL of a picture: picture.png', null, 'messages.0.content.0'],
    [
      'the web',
      seen('https://a.example:8/b.png'),
      400,
      'pictures from https://a.example:8 are not fetched here: send them as data: URIs',
    ],
    ['a data: URI', seen('data:,x'), 400, 'a data: URI must be data:image/TYPE;base64,…', null, 'messages.0.content.0'],
    ['base64', seen('data:image/png;base64,@'), 400, 'the picture is no base64', null, 'messages.0.content.0'],
    [
      'a picture of an assistant',
      asked('assistant', [image]),
      400,
      'a picture in a message of role assistant: they go with user',
    ],
    ['a mark', said('<image>'), 400, 'a text holds <image>: pictures are given as parts of type image_url'],
    [
      'no room',
      said('a '.repeat(600)),
      400,
      expect.stringMatching(
        /^the prompt has \d+ tokens and its answer may have 2, and the model has room for 512 together$/,
      ) as unknown as string,
      'context_length_exceeded',
      'messages',
    ],
  ])('%s', async (_, body, status, message, code, param) => {
    const refusal = await post(running.url, JSON.stringify(body));
    expect([refusal.status, refusal.error.message]).toEqual([status, message]);
    if (code !== undefined) expect(refusal.error.code).toBe(code);
    if (param !== undefined) expect(refusal.error.param).toBe(param);
  });

  it('of a text that holds the token that stands for a picture', async () => {
    const { speaker } = running.served.models[0]!;
    const mark = running.served.tokenizer.token(speaker.imageTokenId!)!;
    expect(told(await post(running.url, JSON.stringify(said(`${mark}0`))))).toEqual([
      ...[400, 'a text holds the token that stands for a picture', null, 'messages'],
    ]);
  });

  it('names five problems of many', async () => {
    const many = { top_p: 0, min_p: 2, top_k: -1, seed: 'x', stream: 1, logprobs: 'x', n: 3 };
    const { error } = await post(running.url, JSON.stringify(said('a', many)));
    expect(error.message.split('; ').map((line) => line.split(':')[0])).toEqual([
      ...['top_p', 'seed', 'stream', 'logprobs', 'top_k', 'and 2 more'],
    ]);
  });

  it('of what is no chat request', async () => {
    const refusal = async (path: string, init?: RequestInit): Promise<unknown[]> => {
      const response = await fetch(`${running.url}${path}`, init);
      return told({ ...((await response.json()) as Refusal), status: response.status, headers: response.headers });
    };
    expect(await refusal('/v1/nothing?x=1')).toEqual([404, 'nothing is served at GET /v1/nothing', 'not_found', null]);
    expect(await refusal('/healthz', { method: 'DELETE' })).toEqual([
      ...[405, '/healthz takes GET, HEAD, not DELETE', 'method_not_allowed', null],
    ]);
    const elsewhere = await new Promise<string>((resolve, reject) => {
      get(`${running.url}/v1/models`, { headers: { host: 'elsewhere.example' } }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
      }).on('error', reject);
    });
    expect(elsewhere).toContain(
      'this server answers at localhost, not at elsewhere.example; with an API key it does at any name',
    );
  });
});

describe('the words of a refusal of a model that sees nothing', () => {
  it('name the model', async () => {
    const blind = join(folder.root, 'blind');
    mkdirSync(blind);
    const { text_config: text } = JSON.parse(readFileSync(join(folder.tiny, 'config.json'), 'utf8')) as {
      text_config: object;
    };
    writeFileSync(join(blind, 'config.json'), JSON.stringify(text));
    for (const name of ['tokenizer.json', 'template.json']) copyFileSync(join(folder.tiny, name), join(blind, name));
    const file = SafetensorsFile.open(join(folder.tiny, 'model.safetensors'));
    const own = file.names().filter((name) => name.startsWith('language_model.'));
    writeSafetensors(
      join(blind, 'model.safetensors'),
      own.map((name) => ({
        ...{ name: name.slice('language_model.'.length), dtype: 'F32', shape: [...file.info(name).shape] },
        data: file.float32(name),
      })),
    );
    file.close();
    const running = await serveModels(folderAnswerer(blind), 'tiny', []);
    expect(told(await post(running.url, JSON.stringify(seen(uri(png)))))).toEqual([
      ...[400, 'tiny takes no pictures', null, 'messages.0.content.0'],
    ]);
    expect((await post(running.url, JSON.stringify(said('a')))).status).toBe(200);
    await running.stop();
  });
});

describe('the words of a refusal under load and at the end', () => {
  it('say when to come back', async () => {
    const running = await serveFolder(folder, { limits: { running: 1, waiting: 0 } });
    const long = JSON.stringify(said('Tell.', { max_tokens: 400 }));
    const under = post(running.url, long);
    const count = async (): Promise<string> => (await fetch(`${running.url}/metrics`)).text();
    await expect.poll(count).toContain('moslora_running 1');
    const full = await post(running.url, long);
    expect(told(full)).toEqual([
      ...[429, '1 requests are being answered or wait; try again in 1 s', 'queue_full', null],
    ]);
    expect([full.headers.get('retry-after'), full.error.type]).toEqual(['1', 'rate_limit_error']);
    const stopped = running.stop();
    const late = await post(running.url, long);
    expect([...told(late), late.headers.get('retry-after')]).toEqual([
      ...[503, 'the server is shutting down', null, null, '5'],
    ]);
    expect((await under).status).toBe(200);
    await stopped;
  });
});

describe('the words of a refusal of a key', () => {
  it('say whether there was none or another', async () => {
    const file = join(folder.root, 'keys');
    writeFileSync(file, 'key-of-sixteen-or-more\n');
    const running = await serveFolder(folder, { keys: ApiKeys.fromFile(file) });
    const body = JSON.stringify(said('a'));
    const how = 'send "Authorization: Bearer KEY"';
    const none = await post(running.url, body);
    expect(told(none)).toEqual([401, `no API key was given: ${how}`, 'invalid_api_key', null]);
    expect(none.headers.get('www-authenticate')).toBe('Bearer');
    for (const authorization of ['Bearer nobody-knows-this-key', 'Basic a2V5', 'Bearer'])
      expect(told(await post(running.url, body, { authorization }))).toEqual([
        ...[401, `this API key is not known here: ${how}`, 'invalid_api_key', null],
      ]);
    await running.stop();
    writeFileSync(file, '# none\n\n');
    expect(() => ApiKeys.fromFile(file)).toThrow(
      `There is no key in this file\n  where    ${file}\n  expected one key a line`,
    );
  });
});

describe('the words of a refusal of a picture that is fetched', () => {
  it('say what came in its place', async () => {
    const web = createServer((request, response) => {
      if (request.url === '/large.png') response.end(Buffer.alloc(200_000));
      else if (request.url === '/broken.png') response.destroy();
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => web.once('listening', resolve));
    const origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
    const pictures = join(folder.root, 'pictures');
    mkdirSync(join(pictures, 'inner'), { recursive: true });
    writeFileSync(join(pictures, 'large.png'), Buffer.alloc(200_000));
    const files = `${pathToFileURL(pictures).href}/`;
    const running = await serveFolder(folder, {
      ...{ limits: { pictureBytes: 100_000 }, places: new AllowedPlaces([origin, files]) },
    });
    const refusal = async (url: string): Promise<unknown[]> =>
      told(await post(running.url, JSON.stringify(seen(url)))).slice(0, 2);
    expect(await refusal(`${origin}none.png`)).toEqual([400, `${origin}none.png answered 404`]);
    expect(await refusal(`${origin}broken.png`)).toEqual([
      400,
      `${origin}broken.png could not be fetched: fetch failed`,
    ]);
    for (const place of [`${origin}large.png`, `${files}large.png`])
      expect(await refusal(place)).toEqual([413, 'the picture has more than 100000 bytes']);
    expect(await refusal(`${files}inner`)).toEqual([400, `${files}inner is no file`]);
    expect(await refusal(`${files}none.png`)).toEqual([
      ...[400, 'pictures from file:// are not fetched here: send them as data: URIs'],
    ]);
    const locked = join(pictures, 'locked.png');
    writeFileSync(locked, png);
    chmodSync(locked, 0);
    // Root reads every file.
    if (process.getuid?.() !== 0)
      expect(await refusal(`${files}locked.png`)).toEqual([400, `${files}locked.png cannot be read (EACCES)`]);
    await running.stop();
    web.close();
  });
});
