import { closeSync, openSync, readSync } from 'node:fs';
import type { FileSlice } from '@moslora/specs';

/** The bytes [start, start + length) of a file; fewer where it ends before. */
export function sliceBytes(path: string, { start, length }: FileSlice): Uint8Array {
  const bytes = new Uint8Array(length);
  const file = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, length, start));
  } finally {
    closeSync(file);
  }
}
