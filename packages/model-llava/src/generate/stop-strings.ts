/** Cuts a text that comes in pieces at the first of some strings, of which no part is let through. */
export class StopStrings {
  private held = '';
  /** Whether one of them came. */
  found = false;

  constructor(private readonly strings: readonly string[]) {}

  /** The text that is certain to stand before any of the strings; what may be the start of one waits. */
  push(piece: string): string {
    if (this.found) return '';
    const text = this.held + piece;
    const at = Math.min(...this.strings.map((string) => text.indexOf(string)).filter((index) => index >= 0), Infinity);
    this.found = at !== Infinity;
    const sure = this.found ? at : text.length - this.longestStart(text);
    this.held = this.found ? '' : text.slice(sure);
    return text.slice(0, sure);
  }

  /** What waited and turned out to be no stop string, when no more text comes. */
  end(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }

  /** Length of the longest end of the text that one of the strings starts with. */
  private longestStart(text: string): number {
    const longest = Math.max(0, ...this.strings.map((string) => string.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length -= 1)
      if (this.strings.some((string) => string.startsWith(text.slice(-length)))) return length;
    return 0;
  }
}
