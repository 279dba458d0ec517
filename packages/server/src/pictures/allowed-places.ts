import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fail } from '@moslora/specs';

/** Places outside a request that pictures may come from: beginnings of http(s) and file URLs. */
export class AllowedPlaces {
  private readonly prefixes: readonly URL[];

  /** @throws UserError for what is no such URL */
  constructor(prefixes: readonly string[]) {
    this.prefixes = prefixes.map((text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url && ['http:', 'https:', 'file:'].includes(url.protocol) && url.pathname.endsWith('/') && url.search === '')
        return url;
      return fail({
        what: 'This is no place that pictures can come from',
        where: '--allow-pictures',
        got: text,
        expected: 'the beginning of http, https or file URLs up to a slash, such as https://example.org/pictures/',
      });
    });
  }

  /** Whether a URL lies in one of the places; of a file, what a link leads to counts. */
  allows(url: URL): boolean {
    if (url.username !== '' || url.password !== '') return false;
    return this.prefixes.some((prefix) => {
      if (url.protocol !== prefix.protocol) return false;
      if (url.protocol === 'file:') return inside(url, prefix);
      return url.origin === prefix.origin && url.pathname.startsWith(prefix.pathname) && !/%2f|%5c/i.test(url.pathname);
    });
  }
}

function inside(file: URL, folder: URL): boolean {
  try {
    return `${realpathSync(fileURLToPath(file))}`.startsWith(`${realpathSync(fileURLToPath(folder))}/`);
  } catch {
    return false;
  }
}
