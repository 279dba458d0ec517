const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/** Cuts the text of a JSON array that comes in pieces into the texts of its elements, by brackets and quotes alone. */
export class ArrayElements {
  private kept: Buffer[] = [];
  private depth = 0;
  private quoted = false;
  private escaped = false;
  private closed = false;

  push(chunk: Buffer): string[] {
    const elements: string[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length && !this.closed; at++) {
      const byte = chunk[at] as number;
      if (this.quoted) {
        if (this.escaped) this.escaped = false;
        else if (byte === backslash) this.escaped = true;
        else if (byte === quote) this.quoted = false;
      } else if (byte === quote) this.quoted = true;
      else if (opening.has(byte)) {
        if (this.depth++ === 0) start = at + 1;
      } else if (closing.has(byte)) {
        if (--this.depth === 0) {
          this.kept.push(chunk.subarray(start, at));
          elements.push(...this.taken());
          this.closed = true;
        }
      } else if (byte === comma && this.depth === 1) {
        this.kept.push(chunk.subarray(start, at));
        elements.push(...this.taken());
        start = at + 1;
      }
    }
    if (!this.closed && this.depth > 0) this.kept.push(Buffer.from(chunk.subarray(start)));
    return elements;
  }

  /** What is left of a file that ends before its array does: an element that is cut off. */
  end(): string[] {
    return this.closed ? [] : this.taken();
  }

  private taken(): string[] {
    const text = Buffer.concat(this.kept).toString('utf8').trim();
    this.kept = [];
    return text === '' ? [] : [text];
  }
}
