import { readSync } from 'node:fs';
import { fail } from '@moslora/specs';

const pieceBytes = 1 << 20;

/** Reads a file from its start, value after value. What goes beyond its end is a UserError. */
export class HeaderReader {
  private piece = Buffer.alloc(0);
  private begin = 0;
  private at = 0;

  constructor(
    private readonly file: number,
    readonly path: string,
    private readonly fileBytes: number,
  ) {}

  /** Bytes read so far. */
  get position(): number {
    return this.begin + this.at;
  }

  /** The next `length` bytes; valid until the next call. */
  take(length: number, what: string): Buffer {
    if (length > this.fileBytes - this.position) this.cutShort(what);
    if (this.at + length > this.piece.length) this.fill(length, what);
    this.at += length;
    return this.piece.subarray(this.at - length, this.at);
  }

  uint32(what: string): number {
    return this.take(4, what).readUInt32LE();
  }

  /** A count that the rest of the file can hold at `least` bytes each. */
  count(what: string, least: number): number {
    const value = this.take(8, what).readBigUInt64LE();
    if (value * BigInt(least) > BigInt(this.fileBytes)) {
      fail({
        what: `The file cannot hold that many: ${what}`,
        where: `${this.path}, byte ${this.position - 8}`,
        got: String(value),
        fix: 'it is damaged or no GGUF file: get it again',
      });
    }
    return Number(value);
  }

  text(what: string): string {
    return this.take(this.count(`bytes of ${what}`, 1), what).toString('utf8');
  }

  private fill(length: number, what: string): void {
    this.begin += this.at;
    this.at = 0;
    const piece = Buffer.alloc(Math.min(Math.max(length, pieceBytes), this.fileBytes - this.begin));
    const read = readSync(this.file, piece, 0, piece.length, this.begin);
    if (read < length) this.cutShort(what);
    this.piece = piece.subarray(0, read);
  }

  private cutShort(what: string): never {
    return fail({
      what: `The file ends before ${what}`,
      where: this.path,
      got: `${this.fileBytes} bytes`,
      fix: 'it was cut short: get it again',
    });
  }
}
