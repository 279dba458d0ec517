/**
 * Index of the first character at which `text` stops being JSON (its length when it only ends too early); undefined for valid
 * JSON. The engine's own message carries no position for most mistakes.
 */
export function jsonErrorIndex(text: string): number | undefined {
  const scan = new Scanner(text);
  const whole = scan.value() && scan.end();
  return whole ? undefined : scan.at;
}

class Scanner {
  at = 0;
  constructor(private readonly text: string) {}

  end(): boolean {
    this.take(/[ \t\r\n]*/y);
    return this.at === this.text.length;
  }

  value(): boolean {
    this.take(/[ \t\r\n]*/y);
    if (this.take(/\{/y)) return this.list('}', () => this.string() && this.take(/[ \t\r\n]*:/y) && this.value());
    if (this.take(/\[/y)) return this.list(']', () => this.value());
    if (this.text[this.at] === '"') return this.string();
    return this.take(/-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null/y);
  }

  private list(close: string, item: () => boolean): boolean {
    const atEnd = close === '}' ? /[ \t\r\n]*\}/y : /[ \t\r\n]*\]/y;
    if (this.take(atEnd)) return true;
    do {
      this.take(/[ \t\r\n]*/y);
      if (!item()) return false;
      this.take(/[ \t\r\n]*/y);
    } while (this.take(/,/y));
    return this.take(atEnd);
  }

  private string(): boolean {
    if (!this.take(/"/y)) return false;
    // eslint-disable-next-line no-control-regex -- JSON forbids raw control characters in strings
    while (this.take(/[^"\\\u0000-\u001f]+|\\(["\\/bfnrt]|u[0-9a-fA-F]{4})/y));
    return this.take(/"/y);
  }

  private take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return false;
    this.at += found[0].length;
    return true;
  }
}

/** Line and column, both from 1, of a character index. */
export function lineAndColumn(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index);
  const line = before.split('\n').length;
  return { line, column: index - before.lastIndexOf('\n') };
}
