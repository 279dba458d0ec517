import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiKeys } from '@moslora/server';
import { describeHeadless, screenshot } from '@moslora/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeRun, writeTable } from '../evaluation-page/fixtures/scored-runs';
import { runHere } from '../fixtures/run-here';
import { readAskedQuestions } from './asked-questions';
import { serveFolder, writeServedFolder, type Running, type ServedFolder } from './fixtures/running-server';

/** Both cores may be taken by other tests. */
const slow = { timeout: 20_000 };
const QUESTIONS = 3500; // in two languages: 7,000
let folder: ServedFolder;
let running: Running;

async function runFolders(root: string, questions: number): Promise<{ folder: string; label: string }[]> {
  const tables = (['en', 'cn'] as const).map((language) =>
    writeTable(join(root, `mm_${language}.tsv`), language, questions),
  );
  const one = await writeRun(join(root, 'qlora-run'), tables, { label: 'qlora', share: 0.4 });
  const two = await writeRun(join(root, 'qmoslora-run'), tables, { label: 'qmoslora', share: 0.6, prompt: 'llava' });
  return [
    { folder: one, label: 'QLoRA' },
    { folder: two, label: 'QMoSLoRA' },
  ];
}

beforeAll(async () => {
  folder = await writeServedFolder(['one', 'two']);
  const questions = await readAskedQuestions(await runFolders(folder.root, QUESTIONS));
  running = await serveFolder(folder, { questions });
}, 240_000);
afterAll(async () => {
  await running?.stop();
  folder?.remove();
});

describeHeadless('questions of finished runs in Chromium', (headless) => {
  const open = async (options: object = {}) => {
    const opened = await headless.open(running.url, { until: '.chip', ...options });
    await opened.page.getByRole('link', { name: 'Questions' }).click();
    await expect.poll(() => opened.page.locator('.item').count(), slow).toBeGreaterThan(5);
    return opened;
  };
  const says = (page: Page) => page.locator('.count').textContent();
  const width = (page: Page): Promise<number> =>
    page.locator('.detail img').evaluate((image: { naturalWidth: number }) => image.naturalWidth);

  it('are listed, filtered and opened, and followed up with any model, its tokens streaming', async () => {
    const { page, outside, errors } = await open({ width: 1280, height: 900 });
    expect(await says(page)).toMatch(/^7000 of 7000 questions: QLoRA \d+\.\d %, QMoSLoRA \d+\.\d %$/);
    await page.selectOption('select[aria-label="Ability"]', 'LR');
    await page.selectOption('select[aria-label="Outcome"]', 'wrong');
    await expect.poll(() => says(page), slow).toMatch(/^[1-9]\d{1,2} of 7000 questions: QLoRA 0\.0 %/);
    expect(new Set(await page.locator('.item .tag').allTextContents())).toEqual(new Set(['LR']));
    await page.selectOption('select[aria-label="Ability"]', '');
    await page.selectOption('select[aria-label="Outcome"]', '');
    await page.fill('input[type="search"]', 'PICTURE? (17)');
    await expect.poll(() => says(page), slow).toMatch(/^1 of 7000/);
    const detail = page.locator('.detail');
    await expect.poll(() => detail.locator('.question').textContent(), slow).toBe('What is shown in the picture? (17)');
    await expect.poll(() => width(page), slow).toBeGreaterThan(0);
    expect(await detail.locator('li').allTextContents()).toEqual([
      'A. a cat',
      'B. a dog',
      'C. a tall tree',
      'D. the sea',
    ]);
    const raw = await detail.locator('table').nth(1).locator('tbody tr').first().locator('td').allTextContents();
    expect(raw).toEqual([
      expect.stringMatching(/^[✓✗]$/),
      'ABCD',
      expect.any(String),
      expect.stringMatching(/^[A-D–]$/),
      'B',
      'rules',
    ]);

    await page.getByRole('button', { name: 'Go on from the answer of QMoSLoRA' }).click();
    await expect.poll(() => page.locator('main .turn').count(), slow).toBe(1);
    expect(await page.locator('.question p').textContent()).toMatch(
      /^What is shown in the picture\? \(17\)\nA\. a cat\nB\. a dog\nC\. a tall tree\nD\. the sea\nAnswer with/,
    );
    expect(await page.locator('.answer h3').allTextContents()).toEqual(['QMoSLoRA, in its evaluation']);
    expect(await page.locator('.said').textContent()).toBe(raw[2]);
    const asked: { model: string; messages: { role: string; content: unknown }[] }[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/chat/completions')) asked.push(request.postDataJSON() as (typeof asked)[0]);
    });
    await page.check('input[value="two"]');
    await page.uncheck('input[value="tiny"]');
    await page.locator('.settings summary').click();
    await page.fill('input[name="maxTokens"]', '150');
    await page.fill('textarea', 'Why?');
    await page.keyboard.press('Enter');
    const answer = page.locator('.answer[aria-label="answer of two"]');
    const length = async (): Promise<number> => (await answer.locator('.said').textContent())!.length;
    await expect.poll(length, { ...slow, interval: 5 }).toBeGreaterThan(0);
    const early = await length();
    await expect.poll(() => answer.getAttribute('data-status'), slow).toBe('done');
    expect(await length()).toBeGreaterThan(early);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      model: 'two',
      messages: [
        { role: 'user', content: [{ type: 'image_url' }, { type: 'text' }] },
        { role: 'assistant', content: raw[2] },
        { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
      ],
    });
    await page.waitForTimeout(400);
    await page.reload();
    await expect.poll(() => page.locator('.said').count(), slow).toBe(2);
    expect(outside).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('are gone through by keyboard, page by page as they are looked at, and asked anew', async () => {
    const { page, errors } = await open();
    const list = page.locator('.list');
    await list.focus();
    const chosen = page.locator('.item[aria-selected="true"]');
    for (const [key, place] of [
      ['ArrowDown', '2'],
      ['ArrowDown', '3'],
      ['End', '3500'],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => chosen.locator('.key').textContent(), slow).toBe(place);
    }
    expect(await page.locator('.item').count()).toBeLessThan(60);
    await expect.poll(() => page.locator('.detail .question').textContent(), slow).toBe('图中是什么？ (3500)');
    await page.keyboard.press('Home');
    await expect.poll(() => page.locator('.detail .question').textContent(), slow).toContain('(1)');
    await page.getByRole('button', { name: 'Put question and picture' }).focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('textarea').inputValue()).toContain('What is shown in the picture? (1)');
    expect(await page.locator('.composer .pictures img').count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it.each([
    ['desktop', 1280, 900],
    ['phone', 390, 844],
  ] as const)('fit a %s, light and dark', async (name, wide, height) => {
    for (const dark of [false, true]) {
      const { page } = await open({ width: wide, height, dark });
      await expect.poll(() => width(page), slow).toBeGreaterThan(0);
      await screenshot(page, `questions-${name}-${dark ? 'dark' : 'light'}`, { fullPage: true });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(wide);
      await page.getByRole('button', { name: 'Go on from the answer of QLoRA' }).click();
      await page.fill('textarea', 'Why?');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('article.answer').count(), slow).toBe(2);
      await expect.poll(() => page.locator('article.answer').last().getAttribute('data-status'), slow).toBe('done');
      const { y = 0, height: tall = 0 } = (await page.locator('.composer').boundingBox())!;
      expect(y + tall).toBeLessThanOrEqual(height);
      await screenshot(page, `follow-up-${name}-${dark ? 'dark' : 'light'}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(wide);
    }
  });
});

describeHeadless('questions whose pictures are gone', (headless) => {
  it('say so on the page, above them and in the place of the picture', async () => {
    const root = join(folder.root, 'gone');
    mkdirSync(root);
    const [run] = await runFolders(root, 5);
    rmSync(join(root, 'mm_en.tsv'));
    const questions = await readAskedQuestions([run!]);
    expect(questions.missing).toEqual([`the benchmark's file is gone: ${join(root, 'mm_en.tsv')}`, undefined]);
    const without = await serveFolder(folder, { questions });
    const { page, errors } = await headless.open(`${without.url}/#questions`, { until: '.item' });
    const note = page.getByRole('alert');
    await expect.poll(() => note.textContent(), slow).toMatch(/^Pictures of mm_en are not where the run read them/);
    expect(await note.textContent()).not.toContain(root);
    const detail = page.locator('.detail');
    await expect.poll(() => detail.textContent(), slow).toContain('Its picture is gone: models were asked with it');
    expect(await detail.locator('img').count()).toBe(0);
    await screenshot(page, 'questions-without-pictures');
    await page.locator('.item').last().click();
    await expect.poll(() => detail.locator('.question').textContent(), slow).toContain('图中是什么？');
    await expect.poll(() => detail.locator('img').count(), slow).toBe(1);
    expect(await detail.textContent()).not.toContain('Its picture is gone');
    // The browser itself tells of the 404.
    expect(errors.filter((error) => !error.includes('404'))).toEqual([]);
    await without.stop();
  });
});

describe('questions of finished runs over HTTP', () => {
  const get = async (path: string, headers: Record<string, string> = {}, url = running.url) => {
    const response = await fetch(`${url}${path}`, { headers });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };

  it('come in pieces, with pictures as they are in the file', async () => {
    const { status, body } = await get('/questions?offset=6998&limit=50&run=1');
    const told = JSON.parse(body) as { count: number; lines: { place: number }[] };
    expect([status, told.count, told.lines.map(({ place }) => place)]).toEqual([200, 7000, [6998, 6999]]);
    expect(await get('/questions/0/picture')).toMatchObject({ status: 200, type: 'image/png' });
    for (const [path, code, message] of [
      ['/questions?outcome=odd', 400, 'outcome: '],
      ['/questions?limit=1000', 400, 'limit: '],
      ['/questions?colour=red', 400, 'parameters are benchmark, ability'],
      ['/questions/7000', 404, 'they go from 0 to 6999'],
      ['/questions/-1/picture', 404, 'there is no question'],
      ['/questions/..%2f..%2fetc/picture', 404, 'there is no question'],
    ] as const) {
      const refused = await get(path);
      expect([refused.status, refused.body]).toEqual([code, expect.stringContaining(message)]);
    }
  });

  it('need a key where the others do', async () => {
    const keys = join(folder.root, 'keys');
    writeFileSync(keys, 'key-of-sixteen-or-more\n');
    const small = join(folder.root, 'small');
    mkdirSync(small);
    const questions = await readAskedQuestions(await runFolders(small, 5));
    const keyed = await serveFolder(folder, { questions, keys: ApiKeys.fromFile(keys) });
    const paths = ['/questions', '/questions/choices', '/questions/1', '/questions/1/picture'];
    for (const path of paths) {
      expect((await get(path, {}, keyed.url)).status).toBe(401);
      expect((await get(path, { authorization: 'Bearer key-of-sixteen-or-more' }, keyed.url)).status).toBe(200);
    }
    await keyed.stop();
  });

  it('are told of in the log at the start where their pictures are gone', async () => {
    const root = join(folder.root, 'logged');
    mkdirSync(root);
    const [run] = await runFolders(root, 2);
    rmSync(join(root, 'mm_cn.tsv'));
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    // No such model: it is not loaded to tell.
    expect((await runHere('serve', join(root, 'none'), '--runs', run!.folder)).code).toBe(2);
    const log = told.mock.calls.map(([text]) => String(text)).join('');
    told.mockRestore();
    expect(log).toContain(
      `warning: questions of mm_cn are shown without their pictures: the benchmark's file is gone: ${join(root, 'mm_cn.tsv')}`,
    );
    expect(log).not.toContain('mm_en');
  });

  it('are refused with exit code 2 where a folder is no finished run, before anything is loaded', async () => {
    const serve = (...args: string[]) => runHere('serve', folder.tiny, '--runs', ...args);
    const empty = join(folder.root, 'empty');
    mkdirSync(empty);
    const half = join(folder.root, 'half');
    const [run] = await runFolders(join(folder.root), 2);
    mkdirSync(half);
    writeFileSync(join(half, 'mm_en.answers.jsonl'), '{}\n');
    const unscored = join(folder.root, 'unscored');
    mkdirSync(unscored);
    const [gone] = await runFolders(unscored, 2);
    const [file] = readdirSync(gone!.folder).filter((name) => name.endsWith('.verdicts.jsonl'));
    rmSync(join(gone!.folder, file!));
    for (const [args, message] of [
      [[gone!.folder], new RegExp(`verdicts of a finished run are not there[^]*${file}[^]*score it again`)],
      [[empty], /no results here[^]*empty/],
      [[half], /no results here[^]*half[^]*result\.json/],
      [['nowhere'], /no results here[^]*nowhere/],
      [[run!.folder, run!.folder], /two runs of one name[^]*LABEL=FOLDER/],
    ] as const)
      expect(await serve(...args)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });
});
