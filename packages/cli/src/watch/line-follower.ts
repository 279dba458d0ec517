import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Most bytes read at once. */
const most = 4 << 20;

/** What has come to a file since it was last looked at. */
export interface NewLines<Line> {
  /** The file is another one, or was cut back: `lines` are all of it. */
  reset: boolean;
  lines: Line[];
}

/** Follows a file of one JSON object a line that grows, is cut back, or is not there yet. A last line that is not whole is waited for. */
export class LineFollower<Line> {
  private inode: number | undefined;
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);

  /** What is new in the file at `path`, which may change its place between calls. */
  poll(path: string): NewLines<Line> {
    const fd = openIfThere(path);
    if (fd === undefined) return { reset: this.forget(), lines: [] };
    try {
      const { ino, size } = fstatSync(fd);
      const reset = (ino !== this.inode || size < this.offset) && this.forget();
      this.inode = ino;
      const lines: Line[] = [];
      while (this.offset < size) {
        const buffer = Buffer.alloc(Math.min(most, size - this.offset));
        const read = readSync(fd, buffer, 0, buffer.length, this.offset);
        if (read === 0) break;
        this.offset += read;
        lines.push(...this.take(buffer.subarray(0, read)));
      }
      return { reset, lines };
    } finally {
      closeSync(fd);
    }
  }

  private take(bytes: Buffer): Line[] {
    const all = Buffer.concat([this.rest, bytes]);
    const end = all.lastIndexOf(10) + 1;
    this.rest = all.subarray(end);
    const texts = all.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
    return texts.map((text) => JSON.parse(text) as Line);
  }

  /** Starts over; whether anything had been read. */
  private forget(): boolean {
    const known = this.inode !== undefined;
    [this.inode, this.offset, this.rest] = [undefined, 0, Buffer.alloc(0)];
    return known;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
