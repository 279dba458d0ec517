/**
 * A seeded generator: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators"), in 32-bit
 * integer arithmetic, so that every platform draws the same numbers. Labels derive independent streams: the state is
 * a hash of the seed and each label.
 */
export class Rng {
  private words: [number, number, number, number];
  private spare: number | undefined;

  constructor(seed: number | string, ...labels: (number | string)[]) {
    this.words = hashToState([seed, ...labels].map((part) => `${typeof part}:${part}`).join('\u0000'));
  }

  /** 32 uniform bits as an unsigned integer. */
  bits(): number {
    const s = this.words;
    const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotl(s[3], 11);
    return result;
  }

  /** Uniform in [0, 1), 53 bits. */
  next(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** Standard normal (Marsaglia's polar method). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const s = u * u + v * v;
      if (s === 0 || s >= 1) continue;
      const scale = Math.sqrt((-2 * logarithm(s)) / s);
      this.spare = v * scale;
      return u * scale;
    }
  }

  /** Uniform integer in [0, n), without bias. Throws unless 1 <= n <= 2**32. */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new Error(`int(n) needs a whole n from 1 to 2**32, not ${n}`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const value = this.bits();
      if (value < limit) return value % n;
    }
  }

  /** One element. Throws for an empty list. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  /** Shuffles in place (Fisher and Yates) and returns the same array. */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.int(last + 1);
      [items[last], items[other]] = [items[other]!, items[last]!];
    }
    return items;
  }

  /** n float32 values uniform in [low, high). */
  uniformArray(n: number, low = 0, high = 1): Float32Array {
    return Float32Array.from({ length: n }, () => low + (high - low) * this.next());
  }

  /** n float32 values from a normal distribution. */
  normalArray(n: number, mean = 0, std = 1): Float32Array {
    return Float32Array.from({ length: n }, () => mean + std * this.normal());
  }

  /** Everything that decides the next draws, as text. */
  state(): string {
    const words = this.words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    return this.spare === undefined ? words : `${words}:${this.spare}`;
  }

  /** A generator that goes on exactly where state() was taken. */
  static restore(state: string): Rng {
    const match = /^([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})(?::(.+))?$/.exec(state);
    if (!match) throw new Error(`not a state of this generator: ${state}`);
    const rng = new Rng(0);
    rng.words = [1, 2, 3, 4].map((at) => Number.parseInt(match[at]!, 16) | 0) as typeof rng.words;
    rng.spare = match[5] === undefined ? undefined : Number(match[5]);
    return rng;
  }
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** Natural logarithm from exact operations only, since Math.log may differ in the last bit between engines. */
function logarithm(x: number): number {
  let exponent = 0;
  let mantissa = x;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)), |argument| <= 0.172
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return exponent * Math.LN2 + 2 * z * sum;
}

/** 128 bits from text: four FNV-1a hashes with different starts, each finished with murmur3's mixer. */
function hashToState(text: string): [number, number, number, number] {
  const hashFrom = (start: number): number => {
    let hash = start | 0;
    for (let at = 0; at < text.length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) | 0;
  };
  const words = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map(hashFrom);
  if (!words.some((word) => word !== 0)) words.fill(1); // the one state xoshiro can't leave
  return words as [number, number, number, number];
}
