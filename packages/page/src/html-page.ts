import { escape } from './escape';

export interface PageParts {
  title: string;
  style: string;
  /** Markup. */
  body: string;
  /** Run when the body is there; may await at its top. */
  script?: string | undefined;
}

/** A whole document that needs nothing beside itself: its style and its script stand in it. */
export function htmlPage({ title, style, body, script }: PageParts): string {
  // Without one browsers ask the server for an icon; pages from disk have none to ask.
  const icon = script === undefined ? '' : '<link rel="icon" href="data:,">';
  const run = script === undefined ? '' : `<script type="module">${inlineScript(script)}</script>`;
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>${escape(title)}</title>${icon}<style>${style}</style></head><body>${body}${run}</body></html>\n`
  );
}

/** A script as it stands in a document: nothing in it ends its element. */
export const inlineScript = (script: string): string => script.replaceAll('</script', '<\\/script');

/** A value for the document's script, in an element with this id: JSON that no tag can end. */
export const jsonInScript = (id: string, value: unknown): string =>
  `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;
