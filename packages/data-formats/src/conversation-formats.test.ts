import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newFolder, png, rowsOf, writeLines } from './fixtures/written';

const folder = newFolder();
beforeAll(() => vi.stubEnv('XDG_CACHE_HOME', newFolder()));
const file = (name: string, rows: readonly unknown[]): string => writeLines(join(folder, name), rows);
const problems = (rows: Awaited<ReturnType<typeof rowsOf>>): string[] =>
  rows.flatMap((row) =>
    row.problems.map(({ what, where, got }) => [what, where?.split(/[\\/]/).at(-1), got].join(' | ')),
  );

describe('llava', () => {
  it('reads pictures, several too, at the places where the turns have them', async () => {
    const rows = await rowsOf(
      'llava',
      file('a.json', [
        JSON.stringify([
          {
            id: 7,
            image: 'a/b.jpg',
            conversations: [
              { from: 'human', value: 'what?\n<image>' },
              { from: 'gpt', value: ' a cat ' },
            ],
          },
          {
            image: ['/x.png', 'y.png'],
            conversations: [
              { from: 'human', value: '<image> or <image>?' },
              { from: 'gpt', value: 'x' },
            ],
          },
          {
            id: 't',
            conversations: [
              { from: 'gpt', value: 'hello' },
              { from: 'human', value: 'q' },
              { from: 'gpt', value: 'a' },
            ],
          },
        ]),
      ]),
    );
    expect(rows.map(({ sample }) => sample)).toEqual([
      {
        id: '7',
        images: [{ path: join(folder, 'a/b.jpg') }],
        turns: [
          { role: 'user', text: 'what?\n<image>' },
          { role: 'assistant', text: 'a cat' },
        ],
      },
      {
        id: 'a.json:2',
        images: [{ path: '/x.png' }, { path: join(folder, 'y.png') }],
        turns: [
          { role: 'user', text: '<image> or <image>?' },
          { role: 'assistant', text: 'x' },
        ],
      },
      {
        id: 't',
        images: [],
        turns: [
          { role: 'user', text: 'q' },
          { role: 'assistant', text: 'a' },
        ],
      },
    ]);
  });

  it('names row, sample and place of what is wrong, and goes on', async () => {
    const rows = await rowsOf(
      'llava',
      file('b.jsonl', [
        { id: 'a', conversations: [{ from: 'user', value: 'q' }, { from: 'gpt' }] },
        '{"id": ',
        { id: 'c' },
        { id: 'd', image: 'https://x.org/a.jpg', conversations: [{ from: 'human', value: '<image>' }] },
        { id: 'e', image: 3, conversations: [{ from: 'human', value: '<image>' }] },
        {
          id: 'f',
          conversations: [
            { from: 'human', value: 'q' },
            { from: 'gpt', value: 'a' },
          ],
        },
      ]),
    );
    expect(problems(rows)).toEqual([
      'a turn has no known speaker | b.jsonl, row 1, sample a, conversations[0].from | "user"',
      'a turn has no text | b.jsonl, row 1, sample a, conversations[1].value | nothing',
      expect.stringMatching(/^a row is not valid JSON \| b\.jsonl, row 2, sample b\.jsonl:2 \| /),
      '`conversations` is no list of turns | b.jsonl, row 3, sample c | nothing',
      'a picture is named by an address, and none are fetched | b.jsonl, row 4, sample d | https://x.org/a.jpg',
      'this is no picture | b.jsonl, row 5, sample e | 3',
    ]);
    expect(rows[5]!.sample?.id).toBe('f');
  });

  it('puts slots before the first question on demand, where there are none', async () => {
    const turns = [
      { from: 'human', value: 'q' },
      { from: 'gpt', value: 'a' },
    ];
    const path = file('c.jsonl', [{ image: ['a.png', 'b.png'], conversations: turns }]);
    const text = async (options: object) => (await rowsOf('llava', path, { ...options }))[0]!.sample!.turns[0]!.text;
    expect(await text({})).toBe('q');
    expect(await text({ slots: 'first' })).toBe('<image>\n<image>\nq');
  });

  it('reads all files of a folder in the order of their names, and starts paths of pictures where it is told', async () => {
    const inner = newFolder();
    const row = (id: string) => ({
      id,
      image: 'p.png',
      conversations: [
        { from: 'human', value: '<image>' },
        { from: 'gpt', value: 'a' },
      ],
    });
    writeLines(join(inner, '2.jsonl'), [row('c')]);
    writeLines(join(inner, '1.jsonl'), [row('a'), row('b')]);
    writeLines(join(inner, 'notes.txt'), ['nothing']);
    const rows = await rowsOf('llava', inner, { images: '/pictures' });
    expect(rows.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(rows[0]!.sample!.images).toEqual([{ path: '/pictures/p.png' }]);
    await expect(rowsOf('parquet', inner)).rejects.toThrow(/holds no file of its format[^]*ending in \.parquet/);
  });
});

describe('sharegpt', () => {
  it('knows its names for the speakers, and the system text', async () => {
    const rows = await rowsOf(
      'sharegpt',
      file('s.jsonl', [
        {
          system: 'Be brief.',
          images: ['a.png'],
          conversations: [
            { from: 'user', value: '<image>q' },
            { from: 'chatgpt', value: 'a' },
          ],
        },
      ]),
    );
    expect(rows[0]!.sample!.turns).toEqual([
      { role: 'system', text: 'Be brief.' },
      { role: 'user', text: '<image>q' },
      { role: 'assistant', text: 'a' },
    ]);
  });
});

describe('messages', () => {
  it('reads parts: pictures by path, file: and data: URI, in order, anywhere in the turns', async () => {
    const bytes = await png(9);
    const url = (text: string) => ({ type: 'image_url', image_url: { url: text } });
    const text = (words: string) => ({ type: 'text', text: words });
    const rows = await rowsOf(
      'messages',
      file('m.jsonl', [
        {
          id: 'm',
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: [text('first'), url('a.png'), text('then'), url('file:///b.png')] },
            { role: 'assistant', content: [text('yes')] },
            { role: 'user', content: [url(`data:image/png;base64,${bytes.toString('base64')}`), text('and this?')] },
            { role: 'assistant', content: 'no' },
          ],
        },
        {
          images: ['a.png'],
          messages: [
            { role: 'user', content: '<image> q' },
            { role: 'assistant', content: 'a' },
          ],
        },
      ]),
    );
    const [{ sample }, second] = rows as [(typeof rows)[0], (typeof rows)[0]];
    expect(sample!.turns.map(({ text }) => text)).toEqual([
      'Be brief.',
      'first\n<image>\nthen\n<image>',
      'yes',
      '<image>\nand this?',
      'no',
    ]);
    expect(sample!.images.slice(0, 2)).toEqual([{ path: join(folder, 'a.png') }, { path: '/b.png' }]);
    const kept = sample!.images[2] as { path: string };
    expect(readFileSync(kept.path).equals(bytes)).toBe(true);
    expect(second.sample!.images).toEqual([{ path: join(folder, 'a.png') }]);
  });

  it('names what is no message', async () => {
    const rows = await rowsOf(
      'messages',
      file('n.jsonl', [{ id: 'x', messages: [{ role: 'bot', content: [{ type: 'audio' }] }, { role: 'user' }] }]),
    );
    expect(problems(rows)).toEqual([
      'a message has no known role | n.jsonl, row 1, sample x, messages[0].role | "bot"',
      'a part of a message is of no known type | n.jsonl, row 1, sample x, messages[0].content[0] | "audio"',
      'a message has no content | n.jsonl, row 1, sample x, messages[1].content | nothing',
    ]);
  });
});
