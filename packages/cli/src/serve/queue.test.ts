import { tf } from '@moslora/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFolder, writeServedFolder, type Running, type ServedFolder } from './fixtures/running-server';

const long = { model: 'tiny', max_tokens: 400, messages: [{ role: 'user', content: 'Tell.' }] };

describe('a full server', () => {
  let folder: ServedFolder;
  let running: Running;
  beforeEach(async () => {
    folder = await writeServedFolder();
    running = await serveFolder(folder, { limits: { running: 2, waiting: 1 } });
  });
  afterEach(() => folder.remove());

  const post = (body: object, signal?: AbortSignal): Promise<Response> =>
    fetch(`${running.url}/v1/chat/completions`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      signal: signal ?? null,
    });
  const gauge = async (name: string): Promise<number> => {
    const text = await (await fetch(`${running.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
  };

  it('lets some wait, and gives the others 429 with the time to come back', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const response = await post(long);
        const wait = response.headers.get('retry-after');
        if (response.status === 429) expect(Number(wait)).toBeGreaterThanOrEqual(1);
        await response.text();
        return response.status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    expect(await gauge('moslora_requests_total{model="tiny",status="429"}')).toBe(5);
    expect((await post({ ...long, max_tokens: 2 })).status).toBe(200);
    await running.stop();
  });

  it('gives the place of a client that leaves to the next, and keeps nothing of it', async () => {
    await (await post({ ...long, max_tokens: 2 })).text();
    const before = tf.memory().numTensors;
    const gone = Array.from({ length: 3 }, () => new AbortController());
    const left = gone.map(({ signal }, i) =>
      post({ ...long, stream: i !== 1 }, signal).then((response) => response.text()),
    );
    await expect.poll(() => gauge('moslora_running')).toBe(2);
    await expect.poll(() => gauge('moslora_waiting')).toBe(1);
    for (const each of gone) each.abort();
    for (const each of left) await expect(each).rejects.toThrow();
    await expect.poll(() => gauge('moslora_running')).toBe(0);
    expect((await post({ ...long, max_tokens: 2 })).status).toBe(200);
    await expect.poll(() => gauge('moslora_requests_total{model="tiny",status="499"}')).toBe(3);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 2); // tables of rotary positions are kept
    await running.stop();
  });

  it('finishes what runs when it is told to stop, and refuses what is new', async () => {
    const under = post(long);
    await expect.poll(() => gauge('moslora_running')).toBe(1);
    const stopped = running.stop();
    const refused = await post(long);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(503);
    const answer = (await (await under).json()) as { usage: { completion_tokens: number } };
    expect(answer.usage.completion_tokens).toBe(400);
    await stopped;
    await expect(post(long)).rejects.toThrow();
  });
});
