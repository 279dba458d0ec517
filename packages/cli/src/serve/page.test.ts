import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeHeadless, type OpenedPage } from '@moslora/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { serveFolder, writeServedFolder, type Running, type ServedFolder } from './fixtures/running-server';

const png = readFileSync(join(root, 'packages/images/src/fixtures/processors/CLIP/picture.png')).toString('base64');
/** Both cores may be taken by other tests. */
const slow = { timeout: 20_000 };

describeHeadless('the page in Chromium', (headless) => {
  let folder: ServedFolder;
  let running: Running;
  beforeAll(async () => {
    folder = await writeServedFolder(['one', 'two', 'three']);
    running = await serveFolder(folder);
  });
  afterAll(async () => {
    await running.stop();
    folder.remove();
  });

  const open = (): Promise<OpenedPage> => headless.open(running.url, { until: '.chip' });

  /** Lets go of a picture over the page, or pastes it. */
  const give = (page: Page, how: 'drop' | 'paste'): Promise<unknown> =>
    page.evaluate(`(() => {
      const bytes = Uint8Array.from(atob('${png}'), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], 'a.png', { type: 'image/png' }));
      const event = '${how}' === 'drop'
        ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
        : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
    })()`);
  const statuses = (page: Page): Promise<(string | null)[]> =>
    page
      .locator('.answer')
      .evaluateAll((all: { getAttribute(name: string): string | null }[]) =>
        all.map((each) => each.getAttribute('data-status')),
      );

  it('asks for no more tokens than the server makes', async () => {
    const few = await serveFolder(folder, { limits: { newTokens: 20 } });
    const { page, errors } = await headless.open(few.url, { until: '.chip' });
    await page.fill('textarea', 'Hello');
    await page.keyboard.press('Enter');
    await expect.poll(() => statuses(page), slow).toEqual(['done']);
    await page.locator('.settings summary').click();
    const most = page.locator('input[name="maxTokens"]');
    expect([await most.inputValue(), await most.getAttribute('max')]).toEqual(['20', '20']);
    expect(errors).toEqual([]);
    await few.stop();
  });

  it('takes a picture that is dropped, streams its answer, compares three models, and keeps all of it', async () => {
    const { page, outside, errors } = await open();
    await give(page, 'drop');
    await expect.poll(() => page.locator('.composer .pictures img').count()).toBe(1);
    await page.locator('.settings summary').click();
    await page.fill('input[name="maxTokens"]', '300');
    await page.fill('textarea', 'What is seen?');
    await page.keyboard.press('Enter');
    const said = page.locator('.said').first();
    await expect.poll(async () => (await said.textContent())!.length, slow).toBeGreaterThan(0);
    const early = (await said.textContent())!;
    await expect.poll(() => statuses(page), slow).toEqual(['done']);
    const whole = (await said.textContent())!;
    expect(whole.startsWith(early)).toBe(true);
    expect(whole.length).toBeGreaterThan(early.length); // it came in pieces
    expect(await page.locator('.foot').first().textContent()).toMatch(
      /^300 tokens · [\d.]+ tokens\/s · first after [\d.]+ s$/,
    );

    await page.check('input[value="one"]');
    await page.check('input[value="two"]');
    expect(await page.locator('input[value="three"]').isDisabled()).toBe(true);
    await page.fill('input[name="maxTokens"]', '12');
    await give(page, 'paste');
    await expect.poll(() => page.locator('.composer .pictures img').count()).toBe(1);
    await page.fill('textarea', 'And here?');
    await page.locator('button.main').click();
    await expect.poll(() => statuses(page), slow).toEqual(['done', 'done', 'done', 'done']);
    expect(await page.locator('.answer h3').allTextContents()).toEqual(['tiny', 'tiny', 'one', 'two']);
    const texts = await page.locator('.said').allTextContents();
    expect(new Set(texts).size).toBe(4);

    await page.waitForTimeout(400);
    await page.reload();
    await expect.poll(() => page.locator('.said').allTextContents()).toEqual(texts);
    expect(await page.locator('.question img').count()).toBe(2);
    await expect.poll(() => page.locator('.chip input:checked').count()).toBe(3);
    expect(await page.locator('input[name="maxTokens"]').inputValue()).toBe('12');
    await page.getByRole('button', { name: 'Forget this conversation' }).click();
    expect(await page.locator('.turn').count()).toBe(0);
    expect(outside).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('stops an answer at Escape, which frees its place, and says what the server refused', async () => {
    const { page } = await open();
    await page.locator('.settings summary').click();
    await page.fill('input[name="maxTokens"]', '400');
    await page.fill('textarea', 'Go on and on');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await page.locator('.said').textContent())!.length, slow).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    await expect.poll(() => statuses(page), slow).toEqual(['stopped']);
    const running499 = async (): Promise<string> => (await fetch(`${running.url}/metrics`)).text();
    await expect.poll(running499, slow).toContain('moslora_running 0');
    await page.fill('textarea', 'look at <image>');
    await page.keyboard.press('Enter');
    await expect.poll(() => statuses(page), slow).toEqual(['stopped', 'failed']);
    expect(await page.locator('.foot').last().textContent()).toContain('pictures are given as parts');
  });

  it('fits a phone', async () => {
    const { page } = await open();
    await page.setViewportSize({ width: 360, height: 640 });
    const [width, client] = (await page.evaluate(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )) as [number, number];
    expect(width).toBeLessThanOrEqual(client);
  });
});
