import { closeSync, openSync, readSync } from 'node:fs';

/** A stretch of a file that is read when it is asked for. */
export interface ByteRange {
  path: string;
  start: number;
  length: number;
}

/** The stretch as text (ASCII). */
export function readRange({ path, start, length }: ByteRange): string {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, 'r');
  try {
    const got = readSync(file, bytes, 0, length, start);
    return bytes.toString('latin1', 0, got);
  } finally {
    closeSync(file);
  }
}
