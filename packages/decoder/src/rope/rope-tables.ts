import { tf } from '@moslora/runtime';
import type { RopeConfig } from '../config/rope-config';
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
    const positions = Array.from({ length: count }, (_, t) => start + t);
    const made = upload(ropeTable(this.rope, this.headDim, positions, start + count), [count, this.headDim]);
    const tables = { cos: tf.keep(made.cos), sin: tf.keep(made.sin) };
    this.kept.set(key, tables);
    if (this.kept.size > 8) this.drop(this.kept.keys().next().value as string);
    return tables;
  }

  /** Of positions (B, T), row-major: (B, 1, T, K) each. Each row is as long as its last position says. Belongs to the caller. */
  at(positions: Int32Array, batch: number): Tables {
    const { rope, headDim } = this;
    const count = positions.length / batch;
    const [cos, sin] = [new Float32Array(positions.length * headDim), new Float32Array(positions.length * headDim)];
    for (let b = 0; b < batch; b += 1) {
      const row = positions.subarray(b * count, (b + 1) * count);
      const table = ropeTable(rope, headDim, row, row.reduce((a, position) => Math.max(a, position), 0) + 1);
      cos.set(table.cos, b * count * headDim);
      sin.set(table.sin, b * count * headDim);
    }
    return upload({ cos, sin }, [batch, 1, count, headDim]);
  }

  dispose(): void {
    for (const key of [...this.kept.keys()]) this.drop(key);
  }

  private drop(key: string): void {
    const tables = this.kept.get(key);
    tables?.cos.dispose();
    tables?.sin.dispose();
    this.kept.delete(key);
  }
}

function upload({ cos, sin }: { cos: Float32Array; sin: Float32Array }, shape: number[]): Tables {
  return { cos: tf.tensor(cos, shape), sin: tf.tensor(sin, shape) };
}
