const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A JSON value as Jinja writes it, whichever program reads it. */
export function jinjaLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'string') return `'${value.replace(/[\\'\n\r\t]/g, (letter) => escapes[letter]!)}'`;
  if (Array.isArray(value)) return `[${value.map(jinjaLiteral).join(', ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, each]) => `${jinjaLiteral(key)}: ${jinjaLiteral(each)}`);
    return `{${entries.join(', ')}}`;
  }
  return String(value);
}
