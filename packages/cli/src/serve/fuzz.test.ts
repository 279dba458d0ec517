import { Rng } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { png, post, said, seen, uri } from './fixtures/bodies';
import { servedForTests } from './fixtures/served-for-tests';

describe('what the server refuses', () => {
  const served = servedForTests();

  it('is 1,000 fuzzed bodies, with a reason, and it answers as before', async () => {
    const before = await served.running.client.chat.completions.create(seen(uri(png)) as never);
    const rng = new Rng('fuzz');
    const statuses = new Map<number, number>();
    for (let i = 0; i < 1000; i += 1) {
      const { status, error } = await post(served.running.url, fuzzed(rng));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(status).toBeLessThan(500);
      if (status !== 200) expect(error.message).not.toBe('');
    }
    console.log(`fuzzed bodies by status: ${JSON.stringify([...statuses])}`);
    expect(statuses.get(400)).toBeGreaterThan(500);
    const after = await served.running.client.chat.completions.create(seen(uri(png)) as never);
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
