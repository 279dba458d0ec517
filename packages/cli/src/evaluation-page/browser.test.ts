import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Rng } from '@moslora/runtime';
import { describeHeadless, type OpenedPage } from '@moslora/testing';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pageData, readRuns } from './collect-page';
import { writeRun, writeTable } from './fixtures/scored-runs';
import { evaluationPage } from './page';
import { questionsScript, writeEvaluationPage } from './write-page';

let root = '';
async function write(name: string, questions: number, runs: number): Promise<string> {
  const tables = (['en', 'cn'] as const).map((language) =>
    writeTable(join(root, `${name}_${language}.tsv`), language, questions),
  );
  const folders = [];
  for (let run = 0; run < runs; run += 1) {
    const label = `run ${run + 1}`;
    const folder = await writeRun(join(root, `${name}-${run}`), tables, { label, share: 0.3 + 0.1 * run });
    folders.push({ label, folder });
  }
  return writeEvaluationPage(folders, root, { name: `${name}.html` });
}

const whole = (figure: number): string => figure.toFixed(0);

/** Milliseconds that each choice among outcomes takes, laying the page out included. */
async function filterTimes(page: Page): Promise<number[]> {
  return page.evaluate(`(() => {
    const select = document.querySelector('select[aria-label="Outcome"]');
    return [...select.options].map((option) => {
      const began = performance.now();
      select.value = option.value;
      select.dispatchEvent(new Event('change'));
      document.body.offsetHeight;
      return performance.now() - began;
    });
  })()`);
}

/** A thumbnail of 200 px that takes about so many bytes: noise, of which compression keeps what a photograph has. */
async function noisyThumbnail(bytes: number): Promise<Buffer> {
  const rng = new Rng('noise');
  const pixels = Buffer.from(rng.normalArray(200 * 200 * 3, 128, 12).map(Math.round));
  const raw = { width: 200, height: 200, channels: 3 } as const;
  const made = await sharp(pixels, { raw }).webp({ quality: 20 }).toBuffer();
  return made.length >= bytes ? made : Buffer.concat([made, Buffer.alloc(bytes - made.length)]);
}

describeHeadless('the page in Chromium, opened from disk without a network', (headless) => {
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'moslora-browser-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const open = (path: string): Promise<OpenedPage> =>
    headless.open(pathToFileURL(path).href, { width: 1280, height: 900, offline: true, until: '.item' });

  it('shows a question with its picture, rotations, answers, letters and verdicts, and filters the list', async () => {
    const { page, outside, errors } = await open(await write('few', 40, 2));
    expect(await page.locator('figure.bars svg').count()).toBe(2);
    const count = page.locator('.count');
    expect(await count.textContent()).toMatch(/^80 of 80 questions: run 1 \d+\.\d %, run 2 \d+\.\d %$/);
    await page.locator('.item').nth(2).click();
    const picture = page.locator('.detail img');
    await expect
      .poll(() => picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth))
      .toBeGreaterThan(0);
    expect(await page.locator('.detail .question').textContent()).toBe('What is shown in the picture? (3)');
    expect(await page.locator('.detail h4').allTextContents()).toEqual([
      expect.stringMatching(/^[✓✗] run 1$/),
      expect.stringMatching(/^[✓✗] run 2$/),
    ]);
    const rows = page.locator('.detail table').first().locator('tbody tr');
    expect(await rows.locator('td:nth-child(2)').allTextContents()).toEqual(['ABCD', 'BCDA', 'CDAB', 'DABC']);
    expect(await rows.locator('td:nth-child(5)').allTextContents()).toEqual(['D', 'C', 'B', 'A']);

    await page.selectOption('select[aria-label="Ability"]', 'LR');
    const tags = page.locator('.item .tag');
    expect(new Set(await tags.allTextContents())).toEqual(new Set(['LR']));
    await page.selectOption('select[aria-label="Ability"]', '');
    await page.selectOption('select[aria-label="Outcome"]', 'differ');
    const marks = await page
      .locator('.item')
      .evaluateAll((items: { children: ArrayLike<{ textContent: string }> }[]) =>
        items.map((item) => [item.children[1]!.textContent, item.children[2]!.textContent]),
      );
    expect(marks.length).toBeGreaterThan(0);
    for (const [one, two] of marks) expect(one).not.toBe(two);
    await page.selectOption('select[aria-label="Outcome"]', '');
    await page.fill('input[type="search"]', 'PICTURE? (17)');
    await expect.poll(() => count.textContent()).toMatch(/^1 of 80 questions/);
    await page.fill('input[type="search"]', 'no such words');
    await expect.poll(() => page.locator('.detail').textContent()).toBe('No question is left by these filters.');
    expect(outside).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('goes by the keyboard alone: filters, words, and from question to question', async () => {
    const { page, errors } = await open(await write('keys', 12, 1));
    const count = page.locator('.count');
    const focused = (): Promise<string | null> => page.evaluate('document.activeElement.getAttribute("aria-label")');
    const tabTo = async (label: string): Promise<void> => {
      for (let tabs = 0; (await focused()) !== label && tabs < 40; tabs += 1) await page.keyboard.press('Tab');
      expect(await focused()).toBe(label);
    };
    const chosen = page.locator('.item[aria-selected="true"]');
    await tabTo('Benchmark');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => count.textContent()).toMatch(/^12 of 24 questions/);
    await tabTo('Outcome');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await expect.poll(() => count.textContent()).toMatch(/^12 of 24 questions/);
    await tabTo('Questions');
    const texts: (string | null)[] = [];
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'End', 'ArrowDown', 'Home', 'ArrowUp', 'PageDown']) {
      await page.keyboard.press(key);
      expect(await chosen.count()).toBe(1);
      texts.push(await page.locator('.detail .question').textContent());
    }
    const numbers = texts.map((text) => Number(/\((\d+)\)/.exec(text ?? '')?.[1]));
    expect(numbers.slice(0, 7)).toEqual([2, 3, 2, 12, 12, 1, 1]);
    expect(numbers[7]).toBeGreaterThan(2);
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('Words');
    await page.keyboard.type('(7)');
    await expect.poll(() => count.textContent()).toMatch(/^1 of 24 questions/);
    expect(errors).toEqual([]);
  });

  it('stays usable with 7,000 questions of six runs', async () => {
    const path = await write('many', 3500, 6);
    const began = performance.now();
    const { page, outside, errors } = await open(path);
    const opened = performance.now() - began;
    const count = page.locator('.count');
    expect(await count.textContent()).toMatch(/^7000 of 7000 questions/);
    expect(await page.locator('.item').count()).toBeLessThan(60);
    await page.locator('.list').focus();
    await page.keyboard.press('End');
    expect(await page.locator('.item[aria-selected="true"] .text').textContent()).toContain('(3500)');
    await page.fill('input[type="search"]', '(1234)');
    await expect.poll(() => count.textContent()).toMatch(/^2 of 7000/);
    await page.fill('input[type="search"]', '');
    await expect.poll(() => count.textContent()).toMatch(/^7000 of/);
    const times = await filterTimes(page);
    console.log(`opened in ${opened.toFixed(0)} ms; filters took ${times.map(whole).join(', ')} ms`);
    expect(opened).toBeLessThan(20_000);
    expect(Math.max(...times)).toBeLessThan(1000);
    expect(outside).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('says in the place of a picture that it is gone', async () => {
    const tables = (['en', 'cn'] as const).map((language) =>
      writeTable(join(root, `gone_${language}.tsv`), language, 3),
    );
    const folder = await writeRun(join(root, 'gone'), tables, { label: 'gone', share: 0.5 });
    rmSync(tables[0]!);
    const { page, errors } = await open(await writeEvaluationPage([{ folder }], root, { name: 'gone.html' }));
    const detail = page.locator('.detail');
    await page.locator('.item').first().click();
    await expect.poll(() => detail.textContent()).toContain('Its picture was gone, or could not be read');
    expect(await detail.locator('img').count()).toBe(0);
    expect(await page.locator('.notice.warning').allTextContents()).toContainEqual(
      expect.stringMatching(/^gone_en: pictures of 3 of 3 questions were gone/),
    );
    await page.locator('.item').last().click();
    await expect.poll(() => detail.locator('img').count()).toBe(1);
    expect(await detail.textContent()).not.toContain('Its picture was gone');
    expect(errors).toEqual([]);
  });

  it('stays usable where each of 7,000 questions has a picture of its own, of the size that photographs take', async () => {
    const tables = (['en', 'cn'] as const).map((language) =>
      writeTable(join(root, `own_${language}.tsv`), language, 3500),
    );
    const runs = readRuns([{ folder: await writeRun(join(root, 'own'), tables, { label: 'own', share: 0.5 }) }]);
    const data = pageData(runs);
    const photograph = await noisyThumbnail(4800);
    const pictures = data.questions.map((question, i) => {
      question.picture = i;
      return Buffer.concat([photograph, Buffer.from(String(i).padStart(6))]).toString('base64');
    });
    const path = join(root, 'own.html');
    writeFileSync(path, evaluationPage(runs, data, { pictures, script: await questionsScript() }));
    const began = performance.now();
    const { page, outside, errors } = await open(path);
    const opened = performance.now() - began;
    const times = await filterTimes(page);
    await page.selectOption('select[aria-label="Outcome"]', '');
    const chose = performance.now();
    await page.locator('.item').nth(7).click();
    const width = (): Promise<number> =>
      page.locator('.detail img').evaluate((image: { naturalWidth: number }) => image.naturalWidth);
    await expect.poll(width, { interval: 5 }).toBe(200);
    const shown = performance.now() - chose;
    const size = statSync(path).size / 1e6;
    console.log(
      `${whole(size)} MB, opened in ${whole(opened)} ms; filters took ${times.map(whole).join(', ')} ms; a picture ${whole(shown)} ms`,
    );
    expect(new Set(pictures).size).toBe(7000);
    expect(size).toBeLessThan(100);
    expect(opened).toBeLessThan(20_000);
    expect(Math.max(...times)).toBeLessThan(1000);
    expect(outside).toEqual([]);
    expect(errors).toEqual([]);
  });
});
