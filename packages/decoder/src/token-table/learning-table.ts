import { embedding } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import type { TokenTable } from './token-table';

/** A table that learns, a variable (V, D): the gradient of its rows reaches it. */
export class LearningTable implements TokenTable {
  readonly learns = true;

  /** Takes over `table`. */
  constructor(readonly table: tf.Variable) {}

  get shape(): [number, number] {
    return this.table.shape as [number, number];
  }

  rows(ids: Int32Array): tf.Tensor2D {
    return tf.tidy(() => embedding(this.table as unknown as tf.Tensor2D, tf.tensor1d(ids, 'int32')) as tf.Tensor2D);
  }

  dispose(): void {
    this.table.dispose();
  }
}
