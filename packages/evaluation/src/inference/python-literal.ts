/** A value as Python writes it. */
export type PythonValue = string | number | boolean | null | PythonValue[];

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\n': '' };
const WORDS: Record<string, boolean | null> = { True: true, False: false, None: null };

/**
 * A list, text or number in Python's notation, as the columns of published tables hold them: `['a', "b's", 3]`.
 * @returns undefined where the text is no such literal
 */
export function pythonLiteral(text: string): PythonValue | undefined {
  const reader = new Reader(text);
  try {
    const value = reader.value();
    reader.space();
    return reader.at === text.length ? value : undefined;
  } catch (error) {
    if (error instanceof NotALiteral) return undefined;
    throw error;
  }
}

class NotALiteral extends Error {}

class Reader {
  at = 0;

  constructor(private readonly text: string) {}

  space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at += 1;
  }

  value(): PythonValue {
    this.space();
    const first = this.text[this.at];
    if (first === '[' || first === '(') return this.list(first === '[' ? ']' : ')');
    if (first === "'" || first === '"') return this.string(first);
    const word = /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|True|False|None)/.exec(
      this.text.slice(this.at, this.at + 40),
    )?.[0];
    if (word === undefined) throw new NotALiteral();
    this.at += word.length;
    return word in WORDS ? WORDS[word]! : Number(word);
  }

  private list(end: string): PythonValue[] {
    const values: PythonValue[] = [];
    this.at += 1;
    for (;;) {
      this.space();
      if (this.text[this.at] === end) break;
      values.push(this.value());
      this.space();
      if (this.text[this.at] === ',') this.at += 1;
      else if (this.text[this.at] !== end) throw new NotALiteral();
    }
    this.at += 1;
    return values;
  }

  private string(quote: string): string {
    let out = '';
    for (this.at += 1; ; this.at += 1) {
      const unit = this.text[this.at];
      if (unit === undefined) throw new NotALiteral();
      if (unit === quote) break;
      out += unit === '\\' ? this.escape() : unit;
    }
    this.at += 1;
    return out;
  }

  /** Leaves `at` on the escape's last unit. */
  private escape(): string {
    const code = /^\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/i.exec(this.text.slice(this.at, this.at + 6));
    if (code) {
      this.at += code[0].length - 1;
      return String.fromCharCode(parseInt(code[1] ?? code[2]!, 16));
    }
    this.at += 1;
    const unit = this.text[this.at] ?? '';
    return ESCAPES[unit] ?? (unit === "'" || unit === '"' || unit === '\\' ? unit : `\\${unit}`);
  }
}
