import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** SHA-256 of a file as lower-case hexadecimal, read in pieces of 1 MiB. */
export function sha256File(path: string): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(1 << 20);
  const fd = openSync(path, 'r');
  try {
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) hash.update(piece.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
