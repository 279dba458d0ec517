import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system in memory of so many bytes, mounted at `folder`; undefined where mounting is not permitted. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  static mount(folder: string, bytes: number): SmallDisk | undefined {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' });
      return new SmallDisk(folder);
    } catch {
      return undefined;
    }
  }

  /** Takes all the room there is. */
  fill(): void {
    const fd = openSync(join(this.folder, 'filler'), 'a');
    const piece = new Uint8Array(1 << 16);
    try {
      for (let size = piece.length; size >= 1; size = size >> 1) {
        for (;;) if (writeSync(fd, piece.subarray(0, size)) < size) break;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Gives the room back. */
  clear(): void {
    rmSync(join(this.folder, 'filler'), { force: true });
  }

  unmount(): void {
    execFileSync('umount', [this.folder], { stdio: 'ignore' });
  }
}
