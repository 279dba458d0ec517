import { describe, expect, it } from 'vitest';
import {
  centreCrop,
  clipProcessor,
  fitToSquare,
  normalise,
  padToSquare,
  resampleNames,
  resize,
  type Picture,
} from './index';

const row = (...values: number[]): Picture => ({
  width: values.length,
  height: 1,
  data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
});
const reds = ({ data }: Picture): number[] => [...data].filter((_, i) => i % 3 === 0);

describe('resize', () => {
  it('keeps a plain colour plain with every filter, up and down', () => {
    const plain: Picture = { width: 7, height: 5, data: new Uint8Array(105).fill(200) };
    for (const name of resampleNames) {
      for (const [width, height] of [
        [3, 2],
        [15, 11],
        [7, 1],
      ] as const) {
        const { data } = resize(plain, width, height, name);
        expect([name, new Set(data)]).toEqual([name, new Set([200])]);
        expect(data.length).toBe(width * height * 3);
      }
    }
  });

  // Bilinear halving: weights 1/8 3/8 3/8 1/8 inside, 3/7 3/7 1/7 at the border. Bicubic doubling: keys at a quarter pixel.
  it('computes what the definitions give', () => {
    expect(reds(resize(row(0, 80, 160, 240, 80, 0), 3, 1, 'bilinear'))).toEqual(
      [57, 170, 69].map(
        (_, i) =>
          [
            Math.round((80 * 3 + 160) / 7),
            Math.round((80 + 160 * 3 + 240 * 3 + 80) / 8),
            Math.round((240 + 80 * 3) / 7),
          ][i],
      ),
    );
    expect(reds(resize(row(0, 0, 255, 0, 0), 5, 1, 'bicubic'))).toEqual([0, 0, 255, 0, 0]);
    const cubic = (x: number) => (x < 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2);
    const weights = [1.75, 0.75, 0.25, 1.25].map(cubic);
    const expected = Math.round(100 * weights[0]! + 150 * weights[1]! + 50 * weights[2]! + 200 * weights[3]!);
    expect(reds(resize(row(100, 150, 50, 200), 8, 1, 'bicubic'))[4]).toBe(expected);
  });

  it('clips overshoot to a byte', () => {
    expect(Math.max(...reds(resize(row(0, 0, 255, 255, 0, 0), 24, 1, 'lanczos')))).toBe(255);
  });
});

describe('fit', () => {
  const wide = row(1, 2, 3, 4);
  it('pads with the mean colour at floor((L - s) / 2)', () => {
    const { width, height, data } = padToSquare(wide, [122, 116, 104]);
    expect([width, height]).toEqual([4, 4]);
    expect([...data.subarray(0, 3)]).toEqual([122, 116, 104]);
    expect([...data.subarray(12, 24)]).toEqual([...wide.data]);
    expect(fitToSquare(wide, clipProcessor(4)).data).toEqual(data);
  });

  it('crops the middle', () => {
    expect(reds(centreCrop(wide, 1))).toEqual([2]);
    expect(reds(fitToSquare(row(9, 9, 9, 9), { ...clipProcessor(2), fit: 'crop' }))).toEqual([9, 9, 9, 9]);
  });

  it('normalises into planes', () => {
    const picture: Picture = { width: 2, height: 1, data: Uint8Array.of(0, 51, 255, 255, 102, 0) };
    const values = normalise(picture, {
      size: 1,
      mean: [0, 0.5, 1],
      std: [1, 0.5, 2],
      fit: 'squash',
      resample: 'bicubic',
    });
    [0, 1, -0.6, -0.2, 0, -0.5].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
  });
});
