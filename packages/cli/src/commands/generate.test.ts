import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';

const fixture = join(import.meta.dirname, '../../../model-qwen/fixtures/qwen3');
const folder = mkdtempSync(join(tmpdir(), 'moslora-generate-'));

/** A tokenizer of 40 tokens: letters, and letters with a space before them. */
function tokenizerJson(): unknown {
  const letters = [...'abcdefghijklmnopqrst'];
  const vocab = Object.fromEntries(
    [...letters, ...letters.map((letter) => `Ġ${letter}`)].map((token, id) => [token, id]),
  );
  const merges = letters.map((letter) => `Ġ ${letter}`);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  return {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: 'BPE', vocab, merges },
  };
}

const run = (...args: string[]) => runHere('generate', folder, ...args);

interface Answer {
  text: string;
  ids: number[];
  finish: string;
}

describe('moslora generate', () => {
  beforeAll(() => {
    cpSync(fixture, folder, { recursive: true });
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson()));
    writeFileSync(join(folder, 'generation_config.json'), JSON.stringify({ max_new_tokens: 9, do_sample: false }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const answer = async (...args: string[]): Promise<Answer> =>
    JSON.parse((await run('--prompt', 'abc', '--raw', '--json', ...args)).out) as Answer;

  it('prints the answer as text or as JSON, as long as the folder says', async () => {
    const { ids, text, finish } = await answer();
    expect(ids).toHaveLength(9);
    expect(finish).toBe('length');
    expect(await run('--prompt', 'abc', '--raw')).toMatchObject({ code: 0, out: `${text}\n` });
  });

  it('draws where it is told to, the same for the same seed', async () => {
    const drawn = (seed: string): Promise<Answer> => answer('--sample', '--temperature', '2', '--seed', seed);
    expect(await drawn('1')).toEqual(await drawn('1'));
    expect((await drawn('1')).ids).not.toEqual((await drawn('2')).ids);
    expect((await answer('--sample', '--top-k', '1')).ids).toEqual((await answer()).ids);
  });

  it('stops before a text', async () => {
    const { text } = await answer();
    const stop = text.slice(4, 6);
    expect(await answer('--stop', stop)).toMatchObject({ text: text.slice(0, text.indexOf(stop)), finish: 'stop' });
  });

  it('exits with 2 for what it cannot do', async () => {
    expect(await run('--prompt', 'a', '--raw', '--top-p', '3')).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot use this topP\n  got      3\n  expected a number from 0 to 1'),
    });
    expect(await run('--prompt', 'a', '--raw', '--image', 'a.png')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--raw goes without --image'),
    });
  });
});
