import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { TensorPlace } from './weight-source';
import { headerBytes, placeTensors, type PlacedTensor, type TensorSpec } from './safetensors-layout';

/** A vector of bytes whose length is not known before the other tensors are written; a short text, such as a quantisation state. */
export interface LateTensor {
  name: string;
  /** Most bytes that it may take. */
  atMost: number;
}

/**
 * A safetensors file under construction. Its tensors may be written in any order and piece by piece, by other threads too, since each
 * has its place from the start; texts of unknown length follow at the end, and the header comes last. Until then no reader takes
 * it for a safetensors file.
 */
export class SafetensorsDraft {
  private readonly fd: number;
  private open = true;
  private readonly placed: Map<string, PlacedTensor>;
  private readonly dataStart: number;
  private readonly dataEnd: number;

  /** Makes the file, which must not be there yet. */
  constructor(
    readonly path: string,
    tensors: readonly TensorSpec[],
    private readonly late: readonly LateTensor[] = [],
    private readonly metadata: Readonly<Record<string, string>> = {},
  ) {
    const placed = placeTensors(tensors);
    this.placed = new Map(placed.map((tensor) => [tensor.name, tensor]));
    this.dataEnd = placed.at(-1)?.end ?? 0;
    const longest = this.placeLate(late.map(({ name, atMost }) => [name, atMost]));
    this.dataStart = headerBytes([...placed, ...longest], metadata).length;
    this.fd = openSync(path, 'wx+');
  }

  /** Where a tensor's first byte belongs. */
  place(name: string): TensorPlace {
    const tensor = this.placed.get(name);
    if (tensor === undefined) throw new Error(`${this.path}: no tensor ${name} is planned`);
    return { path: this.path, position: this.dataStart + tensor.begin };
  }

  /** Writes the late texts and the header, and closes the file. Every other tensor has to be written by then. Gives all with their places. */
  finish(texts: ReadonlyMap<string, Uint8Array>): PlacedTensor[] {
    const pieces = this.late.map(({ name, atMost }): [string, Uint8Array] => {
      const bytes = texts.get(name);
      if (bytes === undefined) throw new Error(`${this.path}: ${name} was not given`);
      if (bytes.length > atMost) throw new Error(`${this.path}: ${name} takes ${bytes.length} bytes, not ${atMost}`);
      return [name, bytes];
    });
    const late = this.placeLate(pieces.map(([name, { length }]) => [name, length]));
    const all = [...this.placed.values(), ...late];
    try {
      writeAllAt(this.fd, Buffer.concat(pieces.map(([, bytes]) => bytes)), this.dataStart + this.dataEnd);
      writeAllAt(this.fd, headerBytes(all, this.metadata, this.dataStart), 0);
      fsyncSync(this.fd);
    } finally {
      this.close();
    }
    return all;
  }

  /** Closes the file as it is, unless it is finished; for when its contents could not be made. */
  close(): void {
    if (this.open) closeSync(this.fd);
    this.open = false;
  }

  private placeLate(lengths: readonly (readonly [name: string, length: number])[]): PlacedTensor[] {
    let offset = this.dataEnd;
    return lengths.map(([name, length]) => {
      const begin = offset;
      offset += length;
      return { name, dtype: 'U8', shape: [length], begin, end: offset };
    });
  }
}

/** Writes all of `data` at a position of a file; a single write may stop short. */
export function writeAllAt(fd: number, data: Uint8Array, position: number): void {
  const most = 1 << 30;
  for (let done = 0; done < data.byteLength;) {
    done += writeSync(fd, data, done, Math.min(most, data.byteLength - done), position + done);
  }
}
