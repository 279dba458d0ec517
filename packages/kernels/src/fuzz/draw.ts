import { Rng, tf } from '@moslora/runtime';

/** Sizes beside which kernels go another way: vectors, tiles, panels, blocks of k, chunks of elements. */
const edges = [12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 288, 512];

/** Random choices of one case of the fuzz, the same for the same seed and number. */
export class Draw {
  private readonly rng: Rng;
  /** Whether drawn values are representable in bfloat16, so that rounding them there is no error. */
  coarse = false;

  constructor(seed: number, number: number) {
    this.rng = new Rng(seed, 'fuzz', number);
  }

  chance(probability: number): boolean {
    return this.rng.next() < probability;
  }

  /** In [0, n). */
  int(n: number): number {
    return this.rng.int(n);
  }

  pick<T>(items: readonly T[]): T {
    return this.rng.pick(items);
  }

  /** The items in another order. */
  shuffled<T>(items: T[]): T[] {
    return this.rng.shuffle(items);
  }

  /** A size from `least` to `most`: mostly small, or at an edge or one beside it. */
  size(most = 300, least = 1): number {
    const near = this.rng.pick(edges) + this.rng.int(3) - 1;
    const size = this.rng.pick([1 + this.rng.int(9), near, near, this.rng.int(most) + 1]);
    return Math.max(least, Math.min(most, size));
  }

  /** {@link size}, now and then none. */
  sizeOrNone(most = 300): number {
    return this.chance(0.04) ? 0 : this.size(most);
  }

  /** Standard normal values. */
  normal<T extends tf.Tensor>(shape: readonly number[], std = 1): T {
    return tf.tensor(this.floats(shape, std), [...shape]) as T;
  }

  floats(shape: readonly number[], std = 1): Float32Array {
    const size = shape.reduce((product, side) => product * side, 1);
    const values = this.rng.normalArray(size, 0, std);
    if (!this.coarse) return values;
    const bits = new Uint32Array(values.buffer);
    bits.forEach((value, i) => (bits[i] = value & 0xffff0000));
    return values;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.rng.int(256));
  }
}
