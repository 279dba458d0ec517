import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from './sync-folder';

let counter = 0;

/** A name beside `path` that no other writer of this or another process uses. */
export function temporaryName(path: string): string {
  counter += 1;
  return join(dirname(path), `.${basename(path)}.tmp-${process.pid}-${counter}`);
}

/** Writes all of `data` to a file descriptor; a single write may stop short. */
export function writeAll(fd: number, data: Uint8Array): void {
  const most = 1 << 30;
  for (let done = 0; done < data.byteLength;) {
    done += writeSync(fd, data, done, Math.min(most, data.byteLength - done));
  }
}

/**
 * Lets `write` fill a new file under a temporary name beside `path`, syncs and renames it, and syncs the folder: a reader sees the
 * old file or the whole new one, also when the process is killed or the power fails. The temporary file is removed when `write` throws.
 * Folders are made.
 */
export function replaceFile(path: string, write: (fd: number) => void): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  const fd = openSync(temporary, 'wx');
  try {
    try {
      write(fd);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    // A write knows its descriptor only: a full disk is told with the file that it was to hold.
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC') (error as NodeJS.ErrnoException).path ??= path;
    throw error;
  }
}

/** Writes a text (UTF-8) or bytes as a whole or not at all. */
export function writeFileAtomic(path: string, data: string | Uint8Array): void {
  replaceFile(path, (fd) => writeAll(fd, typeof data === 'string' ? Buffer.from(data, 'utf8') : data));
}
