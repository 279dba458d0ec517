import { embedding } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import type { TokenTable } from './token-table';

/** A table in memory, such as one that is the head, too. */
export class ResidentTable implements TokenTable {
  /** Takes over `table` (V, D). */
  constructor(private readonly table: tf.Tensor2D) {}

  get shape(): [number, number] {
    return this.table.shape;
  }

  rows(ids: Int32Array): tf.Tensor2D {
    return tf.tidy(() => embedding(this.table, tf.tensor1d(ids, 'int32')) as tf.Tensor2D);
  }

  dispose(): void {
    this.table.dispose();
  }
}
