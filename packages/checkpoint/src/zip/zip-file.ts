import { closeSync, createReadStream, createWriteStream, fstatSync, openSync, readSync } from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';

interface ZipEntry {
  name: string;
  stored: boolean;
  crc: number;
  compressedBytes: number;
  bytes: number;
  headerOffset: number;
}

/** Reads a zip archive (a wheel, a spreadsheet) from disk, entry by entry. Throws when the file is cut short or damaged. */
export class ZipFile {
  private readonly entries = new Map<string, ZipEntry>();

  private constructor(
    readonly path: string,
    private readonly file: number,
  ) {}

  static open(path: string): ZipFile {
    const zip = new ZipFile(path, openSync(path, 'r'));
    try {
      zip.readDirectory();
    } catch (error) {
      zip.close();
      throw error;
    }
    return zip;
  }

  close(): void {
    closeSync(this.file);
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** Unpacked size in bytes. */
  size(name: string): number {
    return this.entry(name).bytes;
  }

  /** One small entry in memory. */
  read(name: string): Buffer {
    const entry = this.entry(name);
    const packed = this.block(this.dataOffset(entry), entry.compressedBytes);
    const data = entry.stored ? packed : inflateRawSync(packed);
    if (data.length !== entry.bytes || crc32(data) !== entry.crc) throw this.damaged(name);
    return data;
  }

  /** Writes one entry to a file, without holding it in memory; checks its length and CRC-32. */
  async extract(name: string, target: string): Promise<void> {
    const entry = this.entry(name);
    const start = this.dataOffset(entry);
    const source = createReadStream(this.path, {
      start,
      end: start + entry.compressedBytes - 1,
      highWaterMark: 1 << 20,
    });
    const check = new Crc();
    const sink = createWriteStream(target);
    await (entry.stored ? pipeline(source, check, sink) : pipeline(source, createInflateRaw(), check, sink));
    if (check.bytes !== entry.bytes || check.crc !== entry.crc) throw this.damaged(name);
  }

  private entry(name: string): ZipEntry {
    const entry = this.entries.get(name);
    if (!entry) throw new Error(`${this.path} has no entry ${name}`);
    return entry;
  }

  private damaged(name: string): Error {
    return new Error(`${this.path} is damaged: ${name} does not have the length and checksum its directory gives`);
  }

  private block(offset: number, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    const got = readSync(this.file, buffer, 0, length, offset);
    if (got !== length) throw new Error(`${this.path} is cut short: ${got} of ${length} bytes at ${offset}`);
    return buffer;
  }

  private dataOffset(entry: ZipEntry): number {
    const header = this.block(entry.headerOffset, 30);
    return entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  }

  private readDirectory(): void {
    const size = fstatSync(this.file).size;
    const tail = this.block(Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0)
      throw new Error(`${this.path} is cut short or no zip archive: its directory is missing (${size} bytes)`);
    const length = tail.readUInt32LE(end + 12);
    const offset = tail.readUInt32LE(end + 16);
    if (offset === 0xffffffff) throw new Error(`${this.path} is a zip64 archive, which is not read here`);
    const directory = this.block(offset, length);
    for (let at = 0; at + 46 <= length && directory.readUInt32LE(at) === 0x02014b50;) {
      const nameLength = directory.readUInt16LE(at + 28);
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
      this.entries.set(name, {
        name,
        stored: directory.readUInt16LE(at + 10) === 0,
        crc: directory.readUInt32LE(at + 16),
        compressedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        headerOffset: directory.readUInt32LE(at + 42),
      });
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
  }
}

class Crc extends Transform {
  bytes = 0;
  crc = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.crc = crc32(chunk, this.crc);
    done(null, chunk);
  }
}
