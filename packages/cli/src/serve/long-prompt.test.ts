import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderAnswerer } from '../evaluate/folder-answerer';
import { serveFolder, writeServedFolder, type Running, type ServedFolder } from './fixtures/running-server';

const POSITIONS = 8192;

describe('a long prompt', () => {
  let folder: ServedFolder;
  let running: Running;
  beforeAll(async () => {
    folder = await writeServedFolder();
    const path = join(folder.tiny, 'config.json');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(/"max_position_embeddings":\s*512/, `"max_position_embeddings": ${POSITIONS}`),
    );
    running = await serveFolder({ ...folder, answerer: folderAnswerer(folder.tiny) });
  });
  afterAll(async () => {
    await running.stop();
    folder.remove();
  });
  const body = (content: string, more: object) => ({
    ...{ model: 'tiny', messages: [{ role: 'user' as const, content }], max_tokens: 4 },
    ...more,
  });

  it('lets others have their tokens and /healthz answer while it goes through', async () => {
    const { client, url } = running;
    const leave = new AbortController();
    const stream = await client.chat.completions.create(
      { ...body('Tell.', { max_tokens: 1000 }), stream: true },
      { signal: leave.signal },
    );
    let pieces = 0;
    const listening = (async () => {
      for await (const { choices } of stream) if (choices[0]?.delta.content) pieces += 1;
    })().catch(() => undefined);
    await expect.poll(() => pieces, { timeout: 20_000 }).toBeGreaterThan(0);
    const before = pieces;
    let [done, healthy] = [false, 0];
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const long = client.chat.completions.create(body('word '.repeat(6000), {})).finally(() => (done = true));
    while (!done) if ((await fetch(`${url}/healthz`)).ok && !done) healthy += 1;
    const answer = await long;
    delay.disable();
    const during = pieces - before;
    leave.abort();
    await listening;
    const tokens = answer.usage!.prompt_tokens;
    console.log(
      `${tokens} positions: ${during} pieces of another, ${healthy} /healthz, stalls to ${(delay.max / 1e6).toFixed(0)} ms`,
    );
    expect(tokens).toBeGreaterThan(6000);
    // All at once, the other would have a token or two beside those of the answer.
    expect(during).toBeGreaterThan(12);
    expect(healthy).toBeGreaterThan(5);
  });

  it('is given up at once where its client leaves', async () => {
    const leave = new AbortController();
    const left = running.client.chat.completions.create(body('word '.repeat(6000), {}), { signal: leave.signal });
    const gauge = async (): Promise<string> => (await fetch(`${running.url}/metrics`)).text();
    await expect.poll(gauge, { timeout: 20_000, interval: 5 }).toContain('moslora_running 1');
    leave.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(gauge, { timeout: 20_000 }).toContain('moslora_running 0');
    const after = await running.client.chat.completions.create(body('Well?', {}));
    expect(after.usage!.completion_tokens).toBe(4);
  });
});
