import { float32ToBfloat16 } from '@moslora/checkpoint';
import { Rng } from '@moslora/runtime';

/** Values drawn once; longer than any cache line matters, shorter than the second-level cache of most processors. */
const bankSize = 1 << 20;
const runLength = 1 << 14;

/**
 * Normal weights as bfloat16, about as fast as memory is copied: runs of {@link runLength} values from random places of a bank of a
 * million. Their distribution is what matters here, not that none comes twice.
 */
export class RandomBits {
  private readonly bank: Uint16Array;
  private readonly places: Rng;

  constructor(seed: number | string, deviation = 0.02) {
    this.bank = float32ToBfloat16(new Rng(seed, 'bank').normalArray(bankSize, 0, deviation));
    this.places = new Rng(seed, 'places');
  }

  /** Fills `target` with weights. */
  fill(target: Uint16Array): void {
    for (let at = 0; at < target.length; at += runLength) {
      const length = Math.min(runLength, target.length - at);
      const start = this.places.int(bankSize - runLength);
      target.set(this.bank.subarray(start, start + length), at);
    }
  }
}
