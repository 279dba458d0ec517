import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeHeadless, screenshot } from '@moslora/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendSteps, appendValidations, validationLine } from './fixtures/written-run';
import { startWatchServer, type WatchServer } from './watch-server';

describeHeadless('the live page in Chromium', (headless) => {
  const folder = mkdtempSync(join(tmpdir(), 'moslora-watch-browser-'));
  const [done, going] = [join(folder, 'moslora'), join(folder, 'lora')];
  const unfinished = `${going}.unfinished`;
  let server: WatchServer;
  let page: Page;
  let [outside, errors]: [string[], string[]] = [[], []];
  const text = (selector: string) => page.locator(selector).allInnerTexts();

  beforeAll(async () => {
    for (const each of [done, unfinished]) mkdirSync(each);
    appendSteps(done, 1, 300, 300);
    await appendValidations(done, [validationLine(100, 'top left is blue'), validationLine(300, 'top left is red')]);
    writeFileSync(join(done, 'run.json'), '{}');
    appendSteps(unfinished, 1, 40, 300, 0.6);
    server = await startWatchServer(
      [
        { label: 'moslora', folder: done },
        { label: 'lora', folder: going },
      ],
      0,
    );
    ({ page, outside, errors } = await headless.open(server.url, { width: 1320, height: 1000, until: 'figure svg' }));
  }, 120_000);
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  it('draws every chart of both runs, says where they are, and needs nothing from outside', async () => {
    expect(await page.locator('.charts figure:visible').count()).toBe(7);
    expect(await text('.run .state')).toEqual(['finished', 'running']);
    expect(await text('.run .facts')).toEqual([
      expect.stringMatching(/^step 300 of 300 · 0\.24 s a step · loss 0\.\d+ · best validation 0\.41/),
      expect.stringMatching(/^step 40 of 300 · 0\.24 s a step · 1m02s left · loss/),
    ]);
    const loss = page.locator('.charts figure').first();
    expect(await loss.locator('g.s0 polyline').count()).toBe(3);
    expect(await loss.locator('g.s1 polyline').count()).toBe(2);
    expect(await loss.locator('.readout').innerText()).toMatch(/validation 0\.41\d+ \(step 300\)/);
    const mixers = page.locator('.charts figure').nth(4);
    expect(await mixers.innerText()).toContain('‖M − I‖ / √r');
    expect(await mixers.locator('polygon.band').count()).toBe(2);
    await screenshot(page, 'watch-light', { fullPage: true });
    expect(outside).toEqual([]);
  });

  it('shows held-out samples with their pictures, and those of earlier validations', async () => {
    const card = page.locator('.samples .card').first();
    const picture = card.locator('img');
    await expect.poll(() => picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth)).toBe(64);
    expect(await card.innerText()).toContain('Which colour is the <b>circle</b>?');
    expect(await card.locator('.reply').allInnerTexts()).toEqual(['moslora, step 300: top left is red ✓']);
    await page.keyboard.press('[');
    expect(await card.locator('.reply').allInnerTexts()).toEqual(['moslora, step 100: top left is blue ✗']);
    await page.keyboard.press(']');
    expect(await text('.tools span')).toContain('answers at step 300, the last');
  });

  it('follows a run as it goes on, is cut back by a resume, and is finished', async () => {
    const facts = page.locator('.run .facts').nth(1);
    appendSteps(unfinished, 41, 60, 300, 0.6);
    await expect.poll(() => facts.innerText(), { timeout: 5000 }).toContain('step 60 of 300');
    rmSync(join(unfinished, 'metrics.jsonl'));
    appendSteps(unfinished, 1, 50, 300, 0.6);
    await expect.poll(() => facts.innerText(), { timeout: 5000 }).toContain('step 50 of 300');
    appendSteps(unfinished, 51, 300, 300, 0.6);
    writeFileSync(join(unfinished, 'run.json'), '{}');
    renameSync(unfinished, going);
    await expect.poll(() => text('.run .state'), { timeout: 5000 }).toEqual(['finished', 'finished']);
    expect(await facts.innerText()).toContain('step 300 of 300');
  });

  it('reads a step under the keys and the pointer, and hides runs', async () => {
    await page.keyboard.press('Home');
    for (const key of ['ArrowRight', 'Shift+ArrowRight']) await page.keyboard.press(key);
    expect(await text('.tools [role="status"]')).toEqual(['figures of step 12']);
    expect(await page.locator('line.cursor').count()).toBe(7);
    await page.keyboard.press('Escape');
    expect(await page.locator('line.cursor').count()).toBe(0);
    await page.locator('.plot').first().hover();
    expect((await text('.tools [role="status"]'))[0]).toMatch(/^figures of step 13\d$/);
    await page.mouse.move(0, 0);
    await page.keyboard.press('l');
    expect(await page.locator('.tools button[aria-pressed]').getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('l');
    await page.keyboard.press('2');
    expect(await page.locator('g.s1').count()).toBe(0);
    await page.keyboard.press('2');
    expect(await page.locator('.charts figure').first().locator('g.s1').count()).toBe(1);
  });

  it('is readable in the dark and on a narrow screen', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    const [ink, ground] = (await page.evaluate(
      '[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]',
    )) as [string, string];
    const light = (colour: string): number => Math.max(...colour.match(/\d+/g)!.slice(0, 3).map(Number));
    expect(light(ink)).toBeGreaterThan(200);
    expect(light(ground)).toBeLessThan(60);
    await screenshot(page, 'watch-dark', { fullPage: true });
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await screenshot(page, 'watch-narrow');
    expect(errors).toEqual([]);
    expect(outside).toEqual([]);
  });

  it('says when the server is gone', async () => {
    await server.close();
    await expect.poll(() => page.locator('.lost').isVisible(), { timeout: 5000 }).toBe(true);
  });
});
