import { tf } from '@moslora/runtime';
import type { RopeConfig } from './rope-config';
import { ropeTable } from './rope-table';

interface Tables {
  cos: tf.Tensor;
  sin: tf.Tensor;
}

/** Rotary tables on the device; those of positions 0 … T - 1 are kept for the last few T. */
export class RopeTables {
  private readonly kept = new Map<string, Tables>();

  constructor(
    private readonly rope: RopeConfig,
    private readonly headDim: number,
  ) {}

  /** Of positions start … start + count - 1: (count, K) each. Stays valid until eight other ranges were asked for. */
  range(start: number, count: number): Tables {
    const key = `${start}:${count}`;
    const found = this.kept.get(key);
    if (found) return found;
    const made = this.make(
      Array.from({ length: count }, (_, t) => start + t),
      [count, this.headDim],
    );
    const tables = { cos: tf.keep(made.cos), sin: tf.keep(made.sin) };
    this.kept.set(key, tables);
    if (this.kept.size > 8) this.drop(this.kept.keys().next().value as string);
    return tables;
  }

  /** Of positions (B, T), row-major: (B, 1, T, K) each. Belongs to the caller. */
  at(positions: Int32Array, batch: number): Tables {
    return this.make(positions, [batch, 1, positions.length / batch, this.headDim]);
  }

  dispose(): void {
    for (const key of [...this.kept.keys()]) this.drop(key);
  }

  private make(positions: ArrayLike<number>, shape: number[]): Tables {
    const { cos, sin } = ropeTable(this.rope, this.headDim, positions);
    return { cos: tf.tensor(cos, shape), sin: tf.tensor(sin, shape) };
  }

  private drop(key: string): void {
    const tables = this.kept.get(key);
    tables?.cos.dispose();
    tables?.sin.dispose();
    this.kept.delete(key);
  }
}
