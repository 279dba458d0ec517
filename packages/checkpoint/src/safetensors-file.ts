import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fail } from '@moslora/specs';
import { asFloat32, asInt32 } from './convert';
import { parseHeader, type HeaderEntry } from './safetensors-header';
import { missingTensor, type TensorInfo, type TensorPlace, type WeightSource } from './weight-source';

/** The format's own limit on the header. */
const mostHeaderBytes = 100_000_000;

/** Fills `bytes` from `position` on. @returns whether the file was long enough */
function fillAt(fd: number, position: number, bytes: Uint8Array): boolean {
  const { length } = bytes;
  for (let done = 0; done < length;) {
    const count = readSync(fd, bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

/** Reads `length` bytes at `position`; undefined when the file ends before. */
function readAt(fd: number, position: number, length: number): Uint8Array | undefined {
  const bytes = new Uint8Array(length);
  return fillAt(fd, position, bytes) ? bytes : undefined;
}

/**
 * One safetensors file. Opening reads and checks the header only; each tensor is read from disk when it is asked for and kept
 * by nobody here. Source: https://github.com/huggingface/safetensors (format section).
 */
export class SafetensorsFile implements WeightSource {
  private closed = false;

  private constructor(
    readonly where: string,
    readonly metadata: Record<string, string>,
    private readonly fd: number,
    private readonly dataStart: number,
    private readonly entries: Map<string, HeaderEntry>,
  ) {}

  /** Throws a UserError when the file is missing, cut short, or not a safetensors file. */
  static open(path: string): SafetensorsFile {
    const fd = openToRead(path);
    try {
      const size = fstatSync(fd).size;
      const first = readAt(fd, 0, Math.min(9, size)) ?? new Uint8Array();
      const headerLength = checkHeaderLength(path, size, first);
      const text = headerText(path, readAt(fd, 8, headerLength) ?? new Uint8Array());
      const { entries, metadata } = parseHeader(path, text, size - 8 - headerLength);
      return new SafetensorsFile(path, metadata, fd, 8 + headerLength, entries);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  info(name: string): TensorInfo {
    const { dtype, shape, begin, end } = this.entry(name);
    return { dtype, shape: [...shape], byteLength: end - begin };
  }

  bytes(name: string): Uint8Array {
    const { begin, end } = this.entry(name);
    const bytes = new Uint8Array(end - begin);
    this.readInto(name, bytes);
    return bytes;
  }

  readInto(name: string, target: Uint8Array): void {
    const { begin, end } = this.entry(name);
    if (this.closed) throw new Error(`${this.where} was closed before ${name} was read`);
    if (fillAt(this.fd, this.dataStart + begin, target.subarray(0, end - begin))) return;
    fail({ what: 'The safetensors file became shorter while it was read', where: `${this.where}, tensor ${name}` });
  }

  float32(name: string): Float32Array {
    return asFloat32(this.entry(name).dtype, this.bytes(name), `${this.where}, tensor ${name}`);
  }

  int32(name: string): Int32Array {
    return asInt32(this.entry(name).dtype, this.bytes(name), `${this.where}, tensor ${name}`);
  }

  place(name: string): TensorPlace {
    return { path: this.where, position: this.dataStart + this.entry(name).begin };
  }

  close(): void {
    if (!this.closed) closeSync(this.fd);
    this.closed = true;
  }

  private entry(name: string): HeaderEntry {
    return this.entries.get(name) ?? missingTensor(this.where, name, this.names());
  }
}

function openToRead(path: string): number {
  try {
    const fd = openSync(path, 'r');
    if (!fstatSync(fd).isDirectory()) return fd;
    closeSync(fd);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message;
    fail({
      what: 'The weights cannot be read',
      where: path,
      got: reason,
      fix: 'check the path, or run the stage that writes the file',
    });
  }
  return fail({ what: 'The weights cannot be read', where: path, got: 'a folder', expected: 'a .safetensors file' });
}

function checkHeaderLength(path: string, size: number, first: Uint8Array): number {
  const fix = 'get the file again, or run the stage that wrote it again';
  if (first.length < 8)
    fail({
      what: 'The file is too short for safetensors',
      where: path,
      got: `${size} bytes`,
      expected: '8 or more',
      fix,
    });
  const length = Number(new DataView(first.buffer).getBigUint64(0, true));
  if (length > mostHeaderBytes) {
    const start = new TextDecoder('latin1').decode(first.subarray(0, 8));
    const pointer = start === 'version ';
    fail({
      what: pointer ? 'The file is a Git LFS pointer, not the weights' : 'The file is not in safetensors format',
      where: path,
      got: `a first line starting ${JSON.stringify(start)}`,
      expected: `a header length up to ${mostHeaderBytes} bytes`,
      fix: pointer
        ? 'fetch the content with `git lfs pull`'
        : 'convert the checkpoint to safetensors, or get the right file',
    });
  }
  if (8 + length > size) {
    fail({
      what: 'The safetensors file is cut short inside its header',
      where: path,
      got: `${size} bytes`,
      expected: `more than ${8 + length}`,
      fix,
    });
  }
  if (first[8] !== 0x7b) {
    fail({
      what: 'The file is not in safetensors format',
      where: path,
      got: `a header starting with byte ${first[8] ?? 'none'}`,
      expected: 'an opening brace',
      fix,
    });
  }
  return length;
}

function headerText(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail({ what: 'The safetensors header is not UTF-8', where: path, fix: 'get the file again' });
  }
}
