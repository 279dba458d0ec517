import { describe, expect, it } from 'vitest';
import { windowsOf, type Askable } from './windows';

let asked = 0;
const row = (length: number, picture?: string, question: string | number = asked++): Askable => ({
  length,
  picture,
  question,
});
/** Windows as `length picture` texts. */
const texts = (windows: Askable[][]): string[][] =>
  windows.map((window) => window.map(({ length, picture }) => `${length} ${picture ?? '-'}`));

describe('windowsOf', () => {
  it('keeps the rows of a picture together, short prompts first, in windows and among them', () => {
    const rows = [row(9, 'a'), row(5, 'b'), row(3, 'a'), row(1, 'c'), row(4, 'b'), row(2, 'd')];
    // By their longest prompts: c 1, d 2, b 5, a 9.
    expect(texts(windowsOf(rows, 2))).toEqual([
      ['1 c', '2 d'],
      ['3 a', '4 b', '5 b', '9 a'],
    ]);
    expect(texts(windowsOf(rows, 4))).toEqual([['1 c', '2 d', '3 a', '4 b', '5 b', '9 a']]);
    expect(texts(windowsOf(rows, 1))).toEqual([['1 c'], ['2 d'], ['4 b', '5 b'], ['3 a', '9 a']]);
  });

  it('keeps the rotations of a question together, the questions by their longest', () => {
    const rows = [
      row(7, 'a', 'x'),
      row(5, 'a', 'y'),
      row(6, 'b', 'z'),
      row(3, 'a', 'y'),
      row(4, 'a', 'x'),
      row(6, 'a', 'y'),
    ];
    expect(texts(windowsOf(rows, 2))).toEqual([['3 a', '5 a', '6 a', '6 b', '4 a', '7 a']]);
  });

  it('counts every row without a picture by itself', () => {
    expect(texts(windowsOf([row(3), row(1), row(2)], 2))).toEqual([['1 -', '2 -'], ['3 -']]);
    expect(windowsOf([], 2)).toEqual([]);
  });

  it('holds every row once, at most so many pictures in a window, and no picture in two', () => {
    const rows = Array.from({ length: 500 }, (_, i) => row((i * 37) % 101, `p${(i * 7) % 90}`));
    const windows = windowsOf(rows, 8);
    expect(new Set(windows.flat()).size).toBe(500);
    expect(windows.flat()).toHaveLength(500);
    const pictures = windows.map((window) => new Set(window.map(({ picture }) => picture)));
    for (const each of pictures) expect(each.size).toBeLessThanOrEqual(8);
    expect(pictures.reduce((sum, { size }) => sum + size, 0)).toBe(90);
  });
});
