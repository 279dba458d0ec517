import type OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { post, said } from './fixtures/bodies';
import { servedForTests } from './fixtures/served-for-tests';

const AFTER = 4;
const broken = 'the answer was broken off by an error of the server; its log has more';

/** What computing says that fails: nobody outside is to read it. */
const inner = 'out of memory at /a/place/of/the/server';

describe('an answer that computing fails of', () => {
  const served = servedForTests();

  /** What a request gets whose model fails after a few forward passes; what the server wrote to its log meanwhile. */
  async function failing<T>(ask: () => Promise<T>): Promise<{ got: T; log: string }> {
    const [model] = served.running.served.models;
    let passes = 0;
    const use = vi.spyOn(model!, 'use').mockImplementation(() => {
      if ((passes += 1) > AFTER) throw new Error(inner);
    });
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const got = await ask();
      return { got, log: told.mock.calls.map(([text]) => String(text)).join('') };
    } finally {
      use.mockRestore();
      told.mockRestore();
    }
  }

  it('says so at the end of its stream, which is not done, and nothing of the error itself', async () => {
    const { got: text, log } = await failing(async () => {
      const response = await fetch(`${served.running.url}/v1/chat/completions`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({ ...said('Tell.'), max_tokens: 40, stream: true }),
      });
      expect(response.status).toBe(200);
      return response.text();
    });
    const events = text.split('\n\n').filter((event) => event !== '');
    expect(events.length).toBeGreaterThan(2);
    expect(JSON.parse(events.at(-1)!.slice('data: '.length))).toEqual({
      error: { message: broken, type: 'server_error', param: null, code: null },
    });
    for (const event of events.slice(0, -1))
      expect(JSON.parse(event.slice('data: '.length))).toMatchObject({ choices: [{ finish_reason: null }] });
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain(inner);
    expect(log).toContain(inner);
  });

  it('is an error of OpenAI’s client after the pieces that came', async () => {
    let pieces = '';
    const stream = async (): Promise<void> => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Tell.' }];
      const asked = { model: 'tiny', messages, max_tokens: 40, stream: true as const };
      for await (const { choices } of await served.running.client.chat.completions.create(asked))
        pieces += choices[0]?.delta.content ?? '';
    };
    await failing(() => expect(stream()).rejects.toThrow(broken));
    expect(pieces).not.toBe('');
  });

  it('is a 500 where it was to come whole, and the next one is answered', async () => {
    const { got, log } = await failing(() =>
      post(served.running.url, JSON.stringify({ ...said('Tell.'), max_tokens: 40 })),
    );
    expect([got.status, got.error.message]).toEqual([500, 'an error of the server; its log has more']);
    expect(log).toContain(inner);
    const response = await fetch(`${served.running.url}/v1/chat/completions`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(said('Tell.')),
    });
    expect(response.status).toBe(200);
  });
});
