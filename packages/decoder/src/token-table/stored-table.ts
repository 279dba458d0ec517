import { closeSync, openSync, readSync } from 'node:fs';
import type { Dtype, TensorInfo, TensorPlace } from '@moslora/checkpoint';
import { float32Tensor } from '@moslora/quantized-base';
import { sharedBytes, type tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import type { TokenTable } from './token-table';

/**
 * A table that stays in its file: of V rows a step needs those of its tokens, which the system keeps at hand as long as it has memory to
 * spare. Spares V D values of memory, 1 GB for LLaMA 3. The file stays open; it must not be written to meanwhile.
 */
export class StoredTable implements TokenTable {
  readonly shape: readonly [number, number];
  private readonly dtype: Dtype;
  private readonly rowBytes: number;
  private readonly path: string;
  private readonly position: number;
  private file: number | undefined;

  constructor({ path, position }: TensorPlace, { dtype, shape, byteLength }: TensorInfo) {
    this.shape = shape as [number, number];
    this.dtype = dtype;
    this.rowBytes = byteLength / this.shape[0];
    this.path = path;
    this.position = position;
    this.file = openSync(path, 'r');
  }

  rows(ids: Int32Array): tf.Tensor2D {
    const { rowBytes, dtype, shape } = this;
    const bytes = sharedBytes(ids.length * rowBytes);
    const read = new Map<number, number>(); // where a row has been read to
    ids.forEach((id, at) => {
      const start = at * rowBytes;
      const before = read.get(id);
      if (before !== undefined) bytes.copyWithin(start, before, before + rowBytes);
      else this.read(id, bytes, start);
      read.set(id, before ?? start);
    });
    return float32Tensor(dtype, bytes, [ids.length, shape[1]], this.path) as tf.Tensor2D;
  }

  dispose(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private read(id: number, bytes: Uint8Array, start: number): void {
    const { rowBytes, file, shape, path } = this;
    if (file === undefined) throw new Error(`the embedding table in ${path} was disposed before it was read`);
    if (id < 0 || id >= shape[0]) throw new Error(`there is no row ${id} among the ${shape[0]} embeddings`);
    const place = this.position + id * rowBytes;
    for (let done = 0; done < rowBytes;) {
      const count = readSync(file, bytes, start + done, rowBytes - done, place + done);
      if (count === 0) fail({ what: 'The file became shorter while its embeddings were read', where: path });
      done += count;
    }
  }
}
