import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { join } from 'node:path';
import { writeServedFolder, type ServedFolder } from './fixtures/running-server';

describe('moslora serve, told to stop', () => {
  let folder: ServedFolder | undefined;
  afterAll(() => folder?.remove());

  it('finishes what runs and exits with 0', async () => {
    folder = await writeServedFolder(['one']);
    const args = ['serve', folder.tiny, '--adapter', `one=${folder.adapters[0]!.place}`, '--port', '0'];
    const child = spawn(process.execPath, [join(root, 'packages/cli/bin/moslora.mjs'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stderr.on('data', (piece: Buffer) => void (err += piece.toString()));
    const listening = new Promise<void>((resolve) => {
      child.stdout.on('data', (piece: Buffer) => {
        out += piece.toString();
        if (out.includes('serving')) resolve();
      });
    });
    const ended = once(child, 'close');
    await Promise.race([listening, ended]);
    const [, models, url] = /^serving (.+) at (http:\S+)$/m.exec(out) ?? [];
    expect([models, err]).toEqual(['tiny, one', expect.any(String)]);
    const messages = [{ role: 'user', content: 'Tell.' }];
    const asked = fetch(`${url}/v1/chat/completions`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ model: 'one', max_tokens: 400, messages, stream: true }),
    });
    const response = await asked;
    child.kill('SIGTERM');
    const text = await response.text();
    expect(text.match(/"finish_reason":"length"/g)).toHaveLength(1);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await ended).toEqual([0, null]);
    expect(err).toMatch(/POST \/v1\/chat\/completions 200 \d+ ms/);
  });
});
