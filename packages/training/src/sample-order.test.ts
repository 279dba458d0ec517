import { describe, expect, it } from 'vitest';
import { SampleOrder } from './sample-order';

describe('SampleOrder', () => {
  it('holds every sample exactly once in every epoch, in another order each time', () => {
    const order = new SampleOrder(17, 3);
    const epochs = [0, 1, 2].map((epoch) => order.slice(epoch * 17, (epoch + 1) * 17));
    for (const epoch of epochs)
      expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('takes one group after the other, each shuffled in itself, in every epoch', () => {
    const order = new SampleOrder(12, 3, { groups: [4, 8] });
    for (const epoch of [0, 1]) {
      const [first, second] = [order.slice(epoch * 12, epoch * 12 + 4), order.slice(epoch * 12 + 4, epoch * 12 + 12)];
      expect([...first].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
      expect([...second].sort((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
      expect(second).not.toEqual([...second].sort((a, b) => a - b));
    }
  });

  it('puts like-long samples, and those without a picture, into batches together, and loses none', () => {
    const size = 4 * 16 * 3 + 6;
    const lengths = Array.from({ length: size }, (_, i) => (i % 5 === 0 ? -1 : 1) * (10 + ((i * 37) % 90)));
    const options = { byLength: { lengths, batchSize: 4 } };
    const order = new SampleOrder(size, 3, options);
    const padded = (of: SampleOrder): number => {
      let sum = 0;
      for (let at = 0; at < size; at += 4) {
        const batch = of.slice(at, Math.min(size, at + 4)).map((sample) => Math.abs(lengths[sample]!));
        sum += batch.length * Math.max(...batch) - batch.reduce((total, length) => total + length, 0);
      }
      return sum;
    };
    expect(order.slice(0, size).sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
    expect(padded(order)).toBeLessThan(padded(new SampleOrder(size, 3)) / 5);
    const batches = Array.from({ length: 48 }, (_, b) => order.slice(4 * b, 4 * b + 4));
    const mixed = batches.filter((batch) => new Set(batch.map((sample) => Math.sign(lengths[sample]!))).size > 1);
    expect(mixed.length).toBeLessThanOrEqual(3); // one a window
    const first = batches.slice(0, 16).map(([sample]) => Math.abs(lengths[sample!]!));
    expect(first).not.toEqual([...first].sort((a, b) => b - a));
    expect(order.slice(size, 2 * size)).not.toEqual(order.slice(0, size));
    const late = new SampleOrder(size, 3, options);
    expect(late.slice(50, 70)).toEqual(order.slice(50, 70));
  });

  it('is a function of seed and position alone', () => {
    const whole = new SampleOrder(10, 5).slice(0, 30);
    const late = new SampleOrder(10, 5);
    expect(late.slice(13, 30)).toEqual(whole.slice(13));
    expect(late.slice(2, 9)).toEqual(whole.slice(2, 9));
    expect(new SampleOrder(10, 6).slice(0, 30)).not.toEqual(whole);
  });
});
