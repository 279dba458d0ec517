import type { WeightSource } from '@moslora/checkpoint';
import type { Linear } from '@moslora/nn';
import { frozenTensor, linearFromSource } from '@moslora/quantized-base';
import { tf } from '@moslora/runtime';
import type { DecoderOptions } from '../contract';
import { ResidentTable } from '../token-table/resident-table';
import { StoredTable } from '../token-table/stored-table';
import type { TokenTable } from '../token-table/token-table';

/** Reads tensors and frozen layers of a file, and can give all of them back when the whole does not come about. */
export class TensorReader {
  private readonly made: { dispose(): void }[] = [];

  constructor(
    private readonly source: WeightSource,
    private readonly options: DecoderOptions,
  ) {}

  /** A matrix that is only read, kept in 16 bits where it is stored so. */
  matrix(name: string): tf.Tensor2D {
    return this.keep(frozenTensor(this.source, name) as tf.Tensor2D);
  }

  /** A table of which some rows are read at a time: left in its file where it lies in one. */
  table(name: string): TokenTable {
    const place = this.source.place?.(name);
    return this.keep(
      place
        ? new StoredTable(place, this.source.info(name))
        : new ResidentTable(frozenTensor(this.source, name) as tf.Tensor2D),
    );
  }

  /** A vector in float32. */
  vector(name: string): tf.Tensor1D {
    return this.keep(tf.tensor1d(this.source.float32(name)));
  }

  /** The linear layer of this path: 4-bit where the file has it so, else dense. */
  linear(path: string): Linear {
    return this.keep(linearFromSource(this.source, path, this.options));
  }

  disposeAll(): void {
    for (const each of this.made) each.dispose();
  }

  private keep<T extends { dispose(): void }>(made: T): T {
    this.made.push(made);
    return made;
  }
}
