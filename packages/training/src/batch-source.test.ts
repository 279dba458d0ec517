import { describe, expect, it } from 'vitest';
import { SampleOrder } from './batch-source';

describe('SampleOrder', () => {
  it('holds every sample exactly once in every epoch, in another order each time', () => {
    const order = new SampleOrder(17, 3);
    const epochs = [0, 1, 2].map((epoch) => order.slice(epoch * 17, (epoch + 1) * 17));
    for (const epoch of epochs)
      expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('takes one group after the other, each shuffled in itself, in every epoch', () => {
    const order = new SampleOrder(12, 3, [4, 8]);
    for (const epoch of [0, 1]) {
      const [first, second] = [order.slice(epoch * 12, epoch * 12 + 4), order.slice(epoch * 12 + 4, epoch * 12 + 12)];
      expect([...first].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
      expect([...second].sort((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
      expect(second).not.toEqual([...second].sort((a, b) => a - b));
    }
  });

  it('is a function of seed and position alone', () => {
    const whole = new SampleOrder(10, 5).slice(0, 30);
    const late = new SampleOrder(10, 5);
    expect(late.slice(13, 30)).toEqual(whole.slice(13));
    expect(late.slice(2, 9)).toEqual(whole.slice(2, 9));
    expect(new SampleOrder(10, 6).slice(0, 30)).not.toEqual(whole);
  });
});
