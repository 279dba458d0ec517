import { createHash } from 'node:crypto';
import { inlineScript, type PageParts } from '../html-page';

/**
 * The headers of a page that a server hands out: it runs its own script and style alone, known by their hashes, asks nobody but that server,
 * shows pictures of the server's and such as it made, and stands in no other page.
 */
export function contentPolicy({ style, script = '' }: Pick<PageParts, 'style' | 'script'>): Record<string, string> {
  return {
    'content-security-policy':
      `default-src 'none'; connect-src 'self'; img-src 'self' data: blob:; script-src ${hash(inlineScript(script))}; ` +
      `style-src ${hash(style)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
