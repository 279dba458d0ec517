import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRef } from '@moslora/specs';
import { parquetWriteFile } from 'hyparquet-writer';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newFolder, png, rowsOf, writeTar } from './fixtures/written';

beforeAll(() => vi.stubEnv('XDG_CACHE_HOME', newFolder()));

/** The bytes that a picture of a row stands for. */
function bytesOf(image: ImageRef | undefined): Buffer {
  if (!image || 'bytes' in image) throw new Error('no file');
  const whole = readFileSync(image.path);
  return image.slice ? whole.subarray(image.slice.start, image.slice.start + image.slice.length) : whole;
}

describe('webdataset', () => {
  it('streams shards in order, and leaves their pictures in them', async () => {
    const folder = newFolder();
    const pictures = await Promise.all([1, 2, 3, 4].map(png));
    const chat = JSON.stringify({
      conversations: [
        { from: 'human', value: '<image> and <image>' },
        { from: 'gpt', value: 'a' },
      ],
    });
    const long = `${'deep/'.repeat(40)}c`;
    await writeTar(join(folder, '1.tar'), {
      'a.jpg': pictures[0]!,
      'a.txt': ' a cat \n',
      'b.json': chat,
      'b.0.png': pictures[1]!,
      'b.1.png': pictures[2]!,
    });
    await writeTar(join(folder, '2.tar'), { [`${long}.png`]: pictures[3]!, [`${long}.txt`]: 'far down' });
    const rows = await rowsOf('webdataset', folder);
    expect(rows.map(({ id, problems }) => [id, problems])).toEqual([
      ['a', []],
      ['b', []],
      [long, []],
    ]);
    expect(rows[0]!.sample!.turns).toEqual([
      { role: 'user', text: '<image>' },
      { role: 'assistant', text: 'a cat' },
    ]);
    expect(rows.flatMap(({ sample }) => sample!.images).map((image) => bytesOf(image).toString('hex'))).toEqual(
      pictures.map((bytes) => bytes.toString('hex')),
    );
    expect(rows[1]!.sample!.images[0]).toMatchObject({
      path: join(folder, '1.tar'),
      slice: { length: pictures[1]!.length },
    });
  });

  it('reads compressed shards, whose pictures are kept outside', async () => {
    const bytes = await png(8);
    const rows = await rowsOf(
      'webdataset',
      await writeTar(join(newFolder(), 'x.tar.gz'), { 'a.json': '{"question": "q", "answer": "a"}', 'a.png': bytes }),
    );
    expect(rows[0]!.sample!.turns[0]!.text).toBe('<image>\nq');
    expect(bytesOf(rows[0]!.sample!.images[0]).equals(bytes)).toBe(true);
  });

  it('names a member that is no JSON, a sample without a conversation, and a shard that is cut off', async () => {
    const path = await writeTar(join(newFolder(), 'x.tar'), {
      'a.json': '{',
      'b.png': await png(1),
      'c.txt': 'x'.repeat(9000),
    });
    const rows = await rowsOf('webdataset', path);
    expect(rows.map(({ id, problems }) => [id, problems[0]?.what, problems[0]?.where?.replace(path, 'x.tar')])).toEqual(
      [
        ['a', 'a member is not valid JSON', 'x.tar, row 1, sample a, a.json'],
        ['b', 'the row holds no conversation', 'x.tar, row 2, sample b'],
        ['c', undefined, undefined],
      ],
    );
    truncateSync(path, 3000);
    const last = (await rowsOf('webdataset', path)).at(-1)!;
    expect(last).toMatchObject({ id: 'x.tar', problems: [{ what: 'the shard cannot be read as a tar', where: path }] });
  });
});

describe('parquet', () => {
  const text = (name: string) => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' });
  /** Pictures as Hugging Face's datasets embed them; every other column is a text. */
  const write = (columns: Record<string, unknown[]>, pictures: string): string => {
    const filename = join(newFolder(), 'x.parquet');
    const columnData = Object.entries(columns).map(([name, data]) => ({ name, data }));
    const schema = [
      { name: 'schema', num_children: columnData.length },
      ...columnData.flatMap(({ name }) =>
        name === pictures
          ? [
              { name, num_children: 2, repetition_type: 'OPTIONAL' },
              { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
              text('path'),
            ]
          : [text(name)],
      ),
    ];
    parquetWriteFile({ filename, columnData: columnData as never, schema: schema as never, rowGroupSize: 2 });
    return filename;
  };
  const picture = (bytes: Buffer) => ({ bytes: new Uint8Array(bytes), path: 'was.png' });

  it('reads rows of all groups with their embedded pictures', async () => {
    const pictures = await Promise.all([5, 6, 7].map(png));
    const path = write(
      {
        id: ['a', 'b', 'c'],
        image: pictures.map(picture),
        question: ['q1', 'q2', 'q3'],
        answer: ['a1', 'a2', 'a3'],
      },
      'image',
    );
    const rows = await rowsOf('parquet', path);
    expect(rows.map(({ sample }) => sample!.turns.map(({ text }) => text))).toEqual(
      [1, 2, 3].map((n) => [`<image>\nq${n}`, `a${n}`]),
    );
    expect(rows.map(({ id, sample }) => [id, bytesOf(sample!.images[0]).toString('hex')])).toEqual(
      ['a', 'b', 'c'].map((id, n) => [id, pictures[n]!.toString('hex')]),
    );
  });

  it('takes columns by the names it is given, and lists those that are not there', async () => {
    const path = write({ pic: [picture(await png(4))], frage: ['q'], antwort: ['a'] }, 'pic');
    const columns = { image: 'pic', question: 'frage', answer: 'antwort' };
    expect((await rowsOf('parquet', path, { columns }))[0]!.sample!.turns[1]!.text).toBe('a');
    const [lacking] = await rowsOf('parquet', path, { columns: { image: 'bild' } });
    expect(lacking!.problems).toMatchObject([{ got: 'pic, frage, antwort', expected: 'bild' }]);
    expect((await rowsOf('parquet', path))[0]!.problems[0]).toMatchObject({
      what: 'the row holds no conversation',
      got: 'pic, frage, antwort',
    });
  });

  it('says that a file is no Parquet', async () => {
    const path = join(newFolder(), 'x.parquet');
    writeFileSync(path, 'no such thing at all');
    expect((await rowsOf('parquet', path))[0]!.problems).toMatchObject([
      { what: 'the file cannot be read as Parquet' },
    ]);
  });

  it('reads what pyarrow wrote: lists of pictures and of turns, compressed by zstd', async () => {
    const rows = await rowsOf('parquet', join(import.meta.dirname, 'fixtures/pyarrow-zstd.parquet'));
    expect(rows.map(({ id, sample }) => [id, sample?.turns[0]?.text])).toEqual(
      [0, 1, 2].map((n) => [`s${n}`, `<image> or <image>? ${n}`]),
    );
    const pictures = rows.map(({ sample }) => sample!.images.map((image) => bytesOf(image).toString('base64')));
    expect(pictures[0]![1]).toBe(pictures[1]![0]);
    expect(pictures[0]![0]).not.toBe(pictures[0]![1]);
  });
});
