import { createReadStream } from 'node:fs';
import { ArrayElements } from './array-elements';

/** A row of a JSON or JSONL file: its value, or why it could not be parsed. */
export interface JsonRow {
  /** Counted from 0. */
  index: number;
  value?: unknown;
  error?: string;
}

const newline = 0x0a;

/**
 * The elements of a JSON array, or the lines of a JSONL file (told apart by the first character), one after the other: the file is never
 * in memory as a whole, and may be larger than the longest string.
 */
export async function* jsonRows(file: string): AsyncGenerator<JsonRow, void, undefined> {
  let cutter: { push(chunk: Buffer): string[]; end(): string[] } | undefined;
  let index = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    if (!cutter && chunk.every(isSpace)) continue;
    cutter ??= firstCharacter(chunk) === '[' ? new ArrayElements() : new Lines();
    for (const text of cutter.push(chunk)) yield parsed(text, index++);
  }
  for (const text of cutter?.end() ?? []) yield parsed(text, index++);
}

function firstCharacter(chunk: Buffer): string {
  return (
    chunk
      .toString('utf8', 0, 4096)
      .replace(/^\uFEFF/, '')
      .trimStart()[0] ?? ''
  );
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function parsed(text: string, index: number): JsonRow {
  try {
    return { index, value: JSON.parse(text) as unknown };
  } catch (error) {
    return { index, error: (error as Error).message };
  }
}

/** The lines of a text that comes in pieces, empty ones left out. */
class Lines {
  private kept: Buffer[] = [];

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      this.kept.push(chunk.subarray(start, at));
      lines.push(...this.end());
      start = at + 1;
    }
    this.kept.push(Buffer.from(chunk.subarray(start)));
    return lines;
  }

  end(): string[] {
    const line = Buffer.concat(this.kept)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    this.kept = [];
    return line === '' ? [] : [line];
  }
}
