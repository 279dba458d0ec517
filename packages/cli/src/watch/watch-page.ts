import { join } from 'node:path';
import { escape, htmlPage, jsonInScript } from '@moslora/page';
import { bundledScript, contentPolicy } from '@moslora/page/bundle';
import { style } from '../report/style';
import { watchStyle } from './watch-style';

/** The live page: empty, with the script that fills it from the server's events. Needs nothing beside the server. */
export async function watchPage(labels: readonly string[]): Promise<{ html: string; headers: Record<string, string> }> {
  const title = `${labels.join(', ')}: training`;
  const parts = {
    title,
    style: style + watchStyle,
    body:
      `<header><h1>${escape(title)}</h1></header><main id="watch"><noscript>This page needs scripts.</noscript></main>` +
      jsonInScript('labels', labels),
    script: await bundledScript(join(import.meta.dirname, 'client/main.ts')),
  };
  return { html: htmlPage(parts), headers: contentPolicy(parts) };
}
