import type { WeightSource } from '@moslora/checkpoint';
import { DenseLinear, type Linear } from '@moslora/nn';
import { frozenTensor, isNf4, linearFromSource } from '@moslora/quantized-base';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import type { DecoderOptions } from '../contract';
import { ResidentTable } from '../token-table/resident-table';
import { LearningTable } from '../token-table/learning-table';
import { StoredTable } from '../token-table/stored-table';
import type { TokenTable } from '../token-table/token-table';

/** Reads tensors and frozen layers of a file, and can give all of them back when the whole does not come about. */
export class TensorReader {
  private readonly made: { dispose(): void }[] = [];

  constructor(
    private readonly source: WeightSource,
    private readonly options: DecoderOptions,
  ) {
    const inFour = options.trainable ? source.names().filter((name) => isNf4(source, name)) : [];
    if (inFour.length === 0) return;
    fail({
      what: 'A decoder in 4 bits cannot learn as a whole',
      where: source.where,
      got: `${inFour.length} weights in NF4, such as ${inFour[0]}`,
      expected: 'weights in 16 or 32 bits',
      fix: 'take the base before it was quantised, or let an adapter learn: parts.decoder: { mode: adapter, … }',
    });
  }

  /** A matrix: a variable where it learns, else kept in 16 bits where it is stored so. */
  matrix(name: string): tf.Tensor2D {
    if (this.options.trainable) return this.keep(this.variable(name) as unknown as tf.Tensor2D);
    return this.keep(frozenTensor(this.source, name) as tf.Tensor2D);
  }

  /** A table of which some rows are read at a time: left in its file where it lies in one. */
  table(name: string): TokenTable {
    if (this.options.trainable) return this.keep(new LearningTable(this.variable(name)));
    const place = this.source.place?.(name);
    return this.keep(
      place
        ? new StoredTable(place, this.source.info(name))
        : new ResidentTable(frozenTensor(this.source, name) as tf.Tensor2D),
    );
  }

  /** A vector in float32. */
  vector(name: string): tf.Tensor1D {
    const { trainable } = this.options;
    return this.keep(
      trainable ? (this.variable(name) as unknown as tf.Tensor1D) : tf.tensor1d(this.source.float32(name)),
    );
  }

  /** The linear layer of this path: 4-bit where the file has it so, else dense. */
  linear(path: string): Linear {
    if (this.options.trainable) {
      const bias = this.source.has(`${path}.bias`) && tf.tensor1d(this.source.float32(`${path}.bias`));
      const weight = this.variable(`${path}.weight`) as unknown as tf.Tensor2D;
      return this.keep(new DenseLinear({ name: path, weight, ...(bias && { bias }), trainable: true }));
    }
    return this.keep(linearFromSource(this.source, path, this.options));
  }

  disposeAll(): void {
    for (const each of this.made) each.dispose();
  }

  /** A tensor of the file in float32, to learn. */
  private variable(name: string): tf.Variable {
    const value = tf.tensor(this.source.float32(name), this.source.info(name).shape, 'float32');
    const variable = tf.variable(value, true);
    value.dispose();
    return variable;
  }

  private keep<T extends { dispose(): void }>(made: T): T {
    this.made.push(made);
    return made;
  }
}
