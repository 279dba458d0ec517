import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What a publisher calls a file's contents by: the hub SHA-256 of large files, and git's own hash of small ones; others MD5. */
export type ContentHash = { kind: 'sha256' | 'git' | 'md5'; digest: string };

/** How people call the hashes. */
export const hashNames: Record<ContentHash['kind'], string> = { sha256: 'SHA-256', git: 'git', md5: 'MD5' };

/**
 * The digest of a file in lower-case hexadecimal, read in pieces. `git` is SHA-1 over `blob <size>\0` and the contents, as git names
 * a file that is not in LFS.
 */
export async function fileDigest(path: string, kind: ContentHash['kind']): Promise<string> {
  const fd = openSync(path, 'r');
  try {
    const hash = createHash(kind === 'git' ? 'sha1' : kind);
    if (kind === 'git') hash.update(`blob ${fstatSync(fd).size}\0`);
    const piece = new Uint8Array(4 << 20);
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) {
      hash.update(piece.subarray(0, count));
      // Other downloads go on meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return hash.digest('hex');
  } finally {
    closeSync(fd);
  }
}
