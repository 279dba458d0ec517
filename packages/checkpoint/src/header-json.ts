/** A value of a safetensors header. Objects are maps, so that no key (`__proto__`, `constructor`) means anything; see {@link parseHeaderJson}. */
export type HeaderJson = string | number | boolean | null | HeaderJson[] | Map<string, HeaderJson>;

/** Header, entry, list: nothing in a safetensors header lies deeper. */
const deepest = 3;

/** What is wrong with a header's text, and at which character. */
export class HeaderSyntaxError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/**
 * Parses the JSON of a safetensors header, more strictly than JSON.parse: objects and lists nest at most three deep, no object has
 * a key twice, and only whole numbers count as numbers (`1.0` and `1e3` become NaN). Spaces may follow the value.
 * @throws HeaderSyntaxError
 */
export function parseHeaderJson(text: string): HeaderJson {
  const scanner = new Scanner(text);
  const value = scanner.value(0);
  scanner.end();
  return value;
}

class Scanner {
  private at = 0;
  constructor(private readonly text: string) {}

  end(): void {
    this.space();
    if (this.at < this.text.length) this.refuse('text after the header');
  }

  value(depth: number): HeaderJson {
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.object(this.deeper(depth));
      case '[':
        return this.list(this.deeper(depth));
      case '"':
        return this.string();
      default:
        return this.plain();
    }
  }

  private deeper(depth: number): number {
    if (depth === deepest) this.refuse(`nested more than ${deepest} deep`);
    return depth + 1;
  }

  private object(depth: number): Map<string, HeaderJson> {
    const entries = new Map<string, HeaderJson>();
    this.items('}', () => {
      this.space();
      const start = this.at;
      if (this.text[this.at] !== '"') this.refuse('no name where one was expected');
      const key = this.string();
      if (entries.has(key)) this.refuse(`the name ${JSON.stringify(key.slice(0, 80))} stands twice`, start);
      this.space();
      if (this.text[this.at] !== ':') this.refuse('no `:` after a name');
      this.at += 1;
      entries.set(key, this.value(depth));
    });
    return entries;
  }

  private list(depth: number): HeaderJson[] {
    const values: HeaderJson[] = [];
    this.items(']', () => values.push(this.value(depth)));
    return values;
  }

  /** From the opening bracket to the closing one. */
  private items(close: string, item: () => void): void {
    this.at += 1;
    this.space();
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      item();
      this.space();
      const next = this.text[this.at];
      if (next !== ',' && next !== close) this.refuse(`neither \`,\` nor \`${close}\``);
      this.at += 1;
      if (next === close) return;
    }
  }

  private string(): string {
    const start = this.at;
    let end = start + 1;
    // By hand: a pattern that repeats would run out of stack on a text of many megabytes.
    for (let code = this.text.charCodeAt(end); code !== 0x22; code = this.text.charCodeAt(end)) {
      if (Number.isNaN(code)) this.refuse('a text without end');
      end += code === 0x5c ? 2 : 1;
    }
    this.at = end + 1;
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      return this.refuse('a text with an escape or character that JSON does not have', start);
    }
  }

  private plain(): number | boolean | null {
    const token = /[-+.\w]{0,40}/y;
    token.lastIndex = this.at;
    const found = token.exec(this.text)?.[0] ?? '';
    if (found === 'true' || found === 'false' || found === 'null') {
      this.at += found.length;
      return JSON.parse(found) as boolean | null;
    }
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(found)) this.refuse('no JSON value');
    this.at += found.length;
    return /^-?\d+$/.test(found) ? Number(found) : NaN;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  private refuse(message: string, at = this.at): never {
    throw new HeaderSyntaxError(message, at);
  }
}
