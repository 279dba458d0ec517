import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runHere as moslora } from '../fixtures/run-here';
import { writeRun, writeTable } from './fixtures/scored-runs';
import { letterConfusion } from './letter-confusion';

const root = mkdtempSync(join(tmpdir(), 'moslora-page-'));
const at = (name: string): string => join(root, name);

describe('pages about runs', () => {
  beforeAll(async () => {
    const tables = [writeTable(at('mm_en.tsv'), 'en', 60), writeTable(at('mm_cn.tsv'), 'cn', 60)];
    await writeRun(at('one'), tables, { label: 'QLoRA', share: 0.4 });
    await writeRun(at('two'), tables, { label: 'QMoSLoRA', share: 0.9, prompt: 'llava' });
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('hold radars, bars with intervals, confusions, tests, facts and every question, and name nothing outside', async () => {
    const { code } = await moslora('report', at('one'), `better <run>=${at('two')}`, '--out', at('page.html'));
    expect(code).toBe(0);
    const page = readFileSync(at('page.html'), 'utf8');
    expect(page.match(/<svg[^>]*aria-label="mm_(en|cn): leaf/g)).toHaveLength(2);
    expect(page.match(/class="whisker"/g)).toHaveLength(2 * 2 * 20);
    expect(page.match(/<figure class="confusion">/g)).toHaveLength(4);
    expect(page).toContain('<h3>mm_en: better &#60;run&#62; against one</h3>');
    expect(page).toContain('better &#60;run&#62; is better');
    expect(page).toMatch(/prompt style differs: vlmevalkit \(one\), llava \(better &#60;run&#62;\)/);
    expect(page).toContain('prompt style ⚠ differs');
    expect(page.indexOf('mm_en')).toBeLessThan(page.indexOf('mm_cn'));
    const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
    const { questions } = JSON.parse(json) as { questions: { picture?: number; runs: { rows: unknown[] }[] }[] };
    expect(questions).toHaveLength(120);
    expect(questions[5]).toMatchObject({ picture: expect.any(Number) as number, runs: [{}, {}] });
    expect(questions[5]!.runs[1]!.rows).toHaveLength(4);
    expect(page.match(/<script type="text\/plain" id="p\d+">/g)).toHaveLength(6);
    expect(page).not.toMatch(/(?:src|href)\s*=\s*["']?(?:https?:|\/\/)|@import|url\(/);
  });

  it('leave pictures out where told to, and are about six runs at most, each of its own name', async () => {
    await moslora('report', at('one'), '--no-pictures', '--out', at('bare.html'));
    expect(readFileSync(at('bare.html'), 'utf8')).not.toContain('type="text/plain"');
    expect((await moslora('report', at('one'), '--out', root)).out).toBe(`${at('report.html')}\n`);
    expect((await moslora('report', at('one'), '--out', at('bare'))).err).toContain(
      'It must be a folder, or end in .html',
    );
    const many = await moslora('report', ...Array.from({ length: 7 }, (_, i) => `r${i}=${at('one')}`));
    expect(many).toMatchObject({
      code: 2,
      err: expect.stringMatching(/too many runs[^]*7 folders[^]*at most 6/) as string,
    });
    const twice = await moslora('report', at('one'), at('one'));
    expect(twice.err).toMatch(/two runs of one name[^]*name them: LABEL=FOLDER/);
    expect((await moslora('report', root)).err).toContain('no results here');
  });

  it('say which questions have lost their pictures, on the page and in the log', async () => {
    const tables = (['en', 'cn'] as const).map((language) => writeTable(at(`lost_${language}.tsv`), language, 6));
    await writeRun(at('lost'), tables, { label: 'lost', share: 0.5 });
    const report = async (): Promise<{ notices: string[]; lost: (true | undefined)[]; log: string }> => {
      const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      expect((await moslora('report', at('lost'), '--out', at('lost.html'))).code).toBe(0);
      const log = told.mock.calls.map(([text]) => String(text)).join('');
      told.mockRestore();
      const page = readFileSync(at('lost.html'), 'utf8');
      const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
      const { questions } = JSON.parse(json) as { questions: { pictureLost?: true }[] };
      const notices = [...page.matchAll(/<p class="notice warning">(.*?)<\/p>/g)].map(([, text]) => text!);
      return { notices, lost: questions.map(({ pictureLost }) => pictureLost), log };
    };
    const whole = await report();
    expect(whole.lost).toEqual(Array.from({ length: 12 }, () => undefined));
    expect(whole.log).not.toContain('without their pictures');
    expect(whole.notices.join()).not.toContain('pictures of');
    rmSync(tables[0]!);
    // The picture of the second question, and of the fourth, which refers to it: the start of a PNG and no more.
    const text = readFileSync(tables[1]!, 'utf8');
    const [, cells = ''] = /^(2\t.*)$/m.exec(text) ?? [];
    const image = cells.split('\t')[8]!;
    writeFileSync(tables[1]!, text.replace(image, image.slice(0, 120)));
    const { notices, lost, log } = await report();
    expect(notices).toContainEqual(
      'lost_en: pictures of 6 of 6 questions were gone, or could not be read, when this page was written; these questions are shown without.',
    );
    expect(notices).toContainEqual(expect.stringMatching(/^lost_cn: pictures of 2 of 6 questions were gone, or could/));
    expect(lost.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => true));
    expect(lost.slice(6)).toEqual([undefined, true, undefined, true, undefined, undefined]);
    expect(log).toContain(
      `warning: 6 of 6 questions of lost_en are on the page without their pictures: the benchmark's file is gone: ${tables[0]}\n`,
    );
    expect(log).toMatch(/warning: 2 of 6 questions of lost_cn [^\n]*: A picture cannot be decoded/);
    const none = await moslora('report', at('lost'), '--no-pictures', '--out', at('lost.html'));
    expect([none.code, readFileSync(at('lost.html'), 'utf8').includes('"pictureLost"')]).toEqual([0, false]);
  });

  it('compare runs on the terminal by a paired test', async () => {
    const { out, code } = await moslora('compare', at('one'), at('two'));
    expect(code).toBe(0);
    expect(out).toMatch(/^mm_en: two against one\n/);
    expect(out).toMatch(/ {2}Overall +60 .*\+\d+\.\d .*\d+ \/ \d+ .* two is better\n/);
    expect(out).toContain('warning: prompt style differs: vlmevalkit (one), llava (two)');
    expect(out).toMatch(/ {4}inference rules +current\n[^]* {4}data \(MD5\) +[0-9a-f]{32}\n[^]* {4}model of two +\S+/);
    const same = await moslora('compare', at('one'), `copy=${at('one')}`, '--leaves');
    expect(same.out).toMatch(/Overall .* 0 \/ 0 +1\.000 {2}no difference shown\n[^]*action_recognition/);
    expect((await moslora('compare', at('one'))).err).toContain('nothing to compare with');
  });
});

describe('letterConfusion', () => {
  it('counts what was read by what was right, over rotations', () => {
    const row = (answer: string, read: string) => ({
      ...{ key: '1', prediction: '', score: Number(answer === read), by: 'rules' as const, answer, read },
    });
    const rows = [row('A', 'A'), row('B', 'A'), row('A', ''), row('B', 'Z')];
    expect(letterConfusion([{ key: '1', question: '', score: 0, options: { A: 'a', B: 'b' }, rows }])).toEqual({
      letters: ['A', 'B'],
      read: ['A', 'B', 'Z', '–'],
      counts: [
        [1, 0, 0, 1],
        [1, 0, 1, 0],
      ],
    });
    expect(letterConfusion([{ key: '1', question: '', score: 0, rows }])).toBeUndefined();
  });
});
