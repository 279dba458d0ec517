import { closeSync, openSync } from 'node:fs';
import { writeAllAt, type TensorPlace } from '@moslora/checkpoint';

/** Writes into files that are there already, each opened once. */
export class PlaceWriter {
  private readonly files = new Map<string, number>();

  /** Writes `bytes` at `offset` bytes behind a place. */
  write({ path, position }: TensorPlace, bytes: Uint8Array, offset = 0): void {
    const fd = this.files.get(path) ?? openSync(path, 'r+');
    this.files.set(path, fd);
    writeAllAt(fd, bytes, position + offset);
  }

  close(): void {
    for (const fd of this.files.values()) closeSync(fd);
    this.files.clear();
  }
}
