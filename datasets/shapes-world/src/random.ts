/**
 * A seeded stream of numbers (sfc32 over a hashed label), equal on every platform: integer arithmetic only.
 * `fork` gives an independent stream, so that drawing more of one thing never shifts another.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(private readonly label: string) {
    [this.a, this.b, this.c] = [hash(label, 0x9e3779b9), hash(label, 0x243f6a88), hash(label, 0xb7e15162)];
    for (let warmup = 0; warmup < 15; warmup++) this.bits();
  }

  fork(label: string | number): Random {
    return new Random(`${this.label}/${label}`);
  }

  private bits(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  /** Uniform integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Uniform integer in [-spread, spread]. */
  jitter(spread: number): number {
    return this.int(2 * spread + 1) - spread;
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error('nothing to pick from');
    return from[this.int(from.length)] as T;
  }

  /** One key of a table of weights, with probability weight / sum. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) if ((left -= weight) < 0) return key;
    return (entries.at(-1) as [K, number])[0];
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let last = out.length - 1; last > 0; last--) {
      const other = this.int(last + 1);
      [out[last], out[other]] = [out[other] as T, out[last] as T];
    }
    return out;
  }
}

/** FNV-1a over UTF-16 units with a final mix, 32 bits. */
function hash(text: string, start: number): number {
  let h = start | 0;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
