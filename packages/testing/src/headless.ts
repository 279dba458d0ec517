import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { findBrowser } from './find-browser';

export interface OpenOptions {
  width?: number;
  height?: number;
  dark?: boolean;
  /** Without a network. */
  offline?: boolean;
  /** What is waited for. */
  until?: string;
}

/** A page in the browser, with what it asked for beside its own address and what it complained of. */
export interface OpenedPage {
  page: Page;
  outside: string[];
  errors: string[];
}

/** Headless Chromium, for as long as a `describe` runs. */
export class Headless {
  private browser: Browser | undefined;

  /** Opens an address in a context of its own: nothing that other pages kept is there. */
  async open(url: string, options: OpenOptions = {}): Promise<OpenedPage> {
    const { width = 1000, height = 800, dark = false, offline = false, until } = options;
    const context = await this.browser!.newContext({
      ...{ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', offline },
    });
    const page = await context.newPage();
    const [outside, errors]: [string[], string[]] = [[], []];
    page.on('request', (request) => {
      if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(url)) outside.push(request.url());
    });
    page.on('pageerror', (error) => void errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(url);
    if (until !== undefined) await page.waitForSelector(until);
    return { page, outside, errors };
  }

  async start(executablePath: string): Promise<void> {
    const { chromium } = await import('playwright-core');
    this.browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }

  async stop(): Promise<void> {
    await this.browser?.close();
  }
}

/** A `describe` with a headless Chromium: CHROMIUM, else one in PATH; where there is none it is skipped and says so. */
export function describeHeadless(name: string, body: (headless: Headless) => void): void {
  const executablePath = findBrowser();
  if (executablePath === undefined) console.log('skipped: no Chromium in PATH, and CHROMIUM names none');
  describe.skipIf(executablePath === undefined)(name, () => {
    const headless = new Headless();
    beforeAll(() => headless.start(executablePath!));
    afterAll(() => headless.stop());
    body(headless);
  });
}

/** Leaves a picture of a page for a person to look at, where MOSLORA_SCREENSHOTS names a folder. */
export async function screenshot(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
  const folder = process.env['MOSLORA_SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), ...options });
}
