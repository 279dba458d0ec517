import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallTable } from '../evaluate/fixtures/small-table';
import { benchmarkByName } from './all-benchmarks';
import { openAnswered, openBenchmarks } from './open-benchmarks';
import { readBenchmark, type ReadBenchmark } from './read-benchmark';

const root = mkdtempSync(join(tmpdir(), 'moslora-opened-'));
const at = (...parts: string[]): string => join(root, ...parts);
const md5 = (path: string): string => createHash('md5').update(readFileSync(path)).digest('hex');
const open = (...list: string[]): Promise<ReadBenchmark[]> => openBenchmarks(list, 'the command line');
const about = ({ benchmark: { name, language }, table, warnings }: ReadBenchmark): unknown => ({
  ...{ name, language, rows: table.rows.length, warnings },
});

beforeAll(() => {
  writeSmallTable(at('mine.tsv'), 2);
  writeSmallTable(at('mine_cn.tsv'), 1);
});
afterAll(() => rmSync(root, { recursive: true }));

describe('openBenchmarks', () => {
  it('takes the path of a table, under its name or under another, which says its language', async () => {
    const opened = await open(at('mine.tsv'), at('mine_cn.tsv'), `held.cn=${at('mine.tsv')}`);
    expect(opened.map(about)).toEqual([
      { name: 'mine', language: 'en', rows: 6, warnings: [] },
      { name: 'mine_cn', language: 'cn', rows: 3, warnings: [] },
      { name: 'held.cn', language: 'cn', rows: 6, warnings: [] },
    ]);
    expect(opened[0]!.data).toEqual({ file: at('mine.tsv'), md5: md5(at('mine.tsv')) });
    expect(opened[0]!.picture(opened[0]!.table.rows[1]!)).toHaveProperty('bytes');
  });

  it('takes a file for a known benchmark, and says that it is not the published one', async () => {
    const [read] = await open(`MMBench_DEV_EN=${at('mine.tsv')}`);
    expect(about(read!)).toMatchObject({
      name: 'mmbench_dev_en',
      warnings: [`MMBench_DEV_EN.tsv is another file than the published one (MD5 ${md5(at('mine.tsv'))})`],
    });
    expect(read!.data).not.toHaveProperty('published');
  });

  it('says which published version a file is', async () => {
    const { benchmark } = await benchmarkByName('mmbench_dev_en', 'here');
    const [file] = benchmark.files;
    const version = (hash: object) => ({
      ...benchmark,
      files: [{ ...file!, hashes: [...file!.hashes, { kind: 'md5' as const, digest: md5(at('mine.tsv')), ...hash }] }],
    });
    const dated = await readBenchmark(version({ version: 'of 2024' }), [at('mine.tsv')]);
    expect([dated.data.published, dated.warnings]).toEqual(['of 2024', []]);
    expect((await readBenchmark(version({}), [at('mine.tsv')])).data.published).toBe('as published');
  });

  it('warns of a name that is nearly a known one', async () => {
    const [read] = await open(`mmbench_dev_em=${at('mine.tsv')}`);
    expect(read!.warnings).toEqual([
      "`mmbench_dev_em` is no benchmark that is known (mmbench_dev_en is): its file was read as a table in MMBench's format",
    ]);
  });

  it('names everything that is wrong, of all of them', async () => {
    await expect(open('popee', at('none.tsv'), `my name=${at('none.tsv')}`, 'seedbanch')).rejects.toThrow(
      /`popee`[^]*did you mean pope\?[^]*no such file[^]*none\.tsv[^]*no name for a benchmark[^]*no such file[^]*`seedbanch`/,
    );
    await expect(open(at('mine.tsv'), `mine=${at('mine_cn.tsv')}`)).rejects.toThrow('`mine` is named twice');
    mkdirSync(at('folder.tsv'));
    await expect(open(at('folder.tsv'))).rejects.toThrow(/no such file[^]*folder\.tsv/);
  });
});

describe('readBenchmark', () => {
  it('knows a benchmark of several files by all of them', async () => {
    const { benchmark } = await benchmarkByName('vqav2_val', 'here');
    const paths = benchmark.files.map(({ name }) => at(name));
    writeFileSync(paths[0]!, '{"questions":[{"question_id":1,"image_id":2,"question":"What is it?"}]}');
    const md5Of = async (answer: string): Promise<string> => {
      const annotation = { question_id: 1, question_type: 'what is', answer_type: 'other', answers: [{ answer }] };
      writeFileSync(paths[1]!, JSON.stringify({ annotations: [annotation] }));
      return (await readBenchmark(benchmark, paths)).data.md5;
    };
    const cat = await md5Of('cat');
    const both = Buffer.concat(paths.map((path) => readFileSync(path)));
    expect(cat).toBe(createHash('md5').update(both).digest('hex'));
    expect(await md5Of('dog')).not.toBe(cat);
  });
});

describe('openAnswered', () => {
  it('opens the file that was asked, or where it lies now, and no other', async () => {
    const data = { file: at('mine.tsv'), md5: md5(at('mine.tsv')) };
    expect(about(await openAnswered('own', data, []))).toMatchObject({ name: 'own', rows: 6 });
    const moved = { ...data, file: at('elsewhere.tsv') };
    await expect(openAnswered('own', moved, [])).rejects.toThrow(
      /the file that answers are to is not there[^]*elsewhere\.tsv[^]*--benchmark own=PATH/,
    );
    expect(about(await openAnswered('own', moved, [`own=${at('mine.tsv')}`]))).toMatchObject({ rows: 6 });
    await expect(openAnswered('own', moved, [`own=${at('mine_cn.tsv')}`])).rejects.toThrow(
      /another than the one that was asked[^]*got {6}MD5 [^]*expected /,
    );
  });
});
