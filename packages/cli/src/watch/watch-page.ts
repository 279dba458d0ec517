import { join } from 'node:path';
import { clientScript } from '../evaluation-page/client-script';
import { escape } from '../report/markup';
import { style } from '../report/style';
import { watchStyle } from './watch-style';

/** The live page: empty, with the script that fills it from the server's events. Needs nothing beside the server. */
export async function watchPage(labels: readonly string[]): Promise<string> {
  const script = await clientScript(join(import.meta.dirname));
  const data = JSON.stringify(labels).replaceAll('<', '\\u003c');
  const title = `${labels.join(', ')}: training`;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<link rel="icon" href="data:,"><title>${escape(title)}</title><style>${style}${watchStyle}</style></head><body>` +
    `<header><h1>${escape(title)}</h1></header><main id="watch"><noscript>This page needs scripts.</noscript></main>` +
    `<script type="application/json" id="labels">${data}</script>` +
    `<script>${script.replaceAll('</script', '<\\/script')}</script></body></html>\n`
  );
}
