import { describe, expect, it } from 'vitest';
import { compareNumbers, compareTensors } from './compare-tensors';

const tensors = (values: Record<string, number[]>): Map<string, Float32Array> =>
  new Map(Object.entries(values).map(([name, list]) => [name, Float32Array.from(list)]));

describe('compareTensors', () => {
  it('names the tensor that is farthest off, relative to its own size where asked', () => {
    const ours = tensors({ a: [1, 2], b: [0.011, 0] });
    const theirs = tensors({ a: [1, 2.002], b: [0.01, 0] });
    const absolute = compareTensors('after', ours, theirs, 0.01, false);
    expect(absolute).toMatchObject({ name: 'after (2 tensors, worst a)', ok: true });
    expect(absolute.maxAbs).toBeCloseTo(0.002, 5);
    const relative = compareTensors('gradients', ours, theirs, 0.01, true);
    expect(relative).toMatchObject({ name: 'gradients (2 tensors, worst b)', ok: false });
    expect(relative.maxAbs).toBeCloseTo(0.1, 4);
  });

  it('takes tensors as large as those of real models', () => {
    const large = new Float32Array(300_000).fill(2);
    const off = large.with(7, 1);
    expect(compareTensors('x', new Map([['a', off]]), new Map([['a', large]]), 1, true).maxAbs).toBe(0.5);
  });

  it('counts a tensor that only one side has as a disagreement', () => {
    expect(compareTensors('x', tensors({ a: [1] }), tensors({ a: [1], b: [1] }), 1, false)).toMatchObject({
      maxAbs: Infinity,
      ok: false,
    });
    expect(compareTensors('x', tensors({ a: [1], b: [1] }), tensors({ a: [1] }), 1, false)).toMatchObject({
      ok: false,
    });
  });

  it('counts NaN and a different length as a disagreement', () => {
    expect(compareNumbers('x', [NaN], [1], 1)).toMatchObject({ maxAbs: Infinity, ok: false });
    expect(compareNumbers('x', [1, 2], [1], 1)).toMatchObject({ maxAbs: Infinity, ok: false });
    expect(compareNumbers('x', [1, 2], [1, 2], 0)).toEqual({ name: 'x', maxAbs: 0, tolerance: 0, ok: true });
  });
});
