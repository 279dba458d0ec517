import { Rng } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { StopStrings } from './stop-strings';

function run(strings: string[], pieces: readonly string[]): { given: string[]; found: boolean } {
  const stop = new StopStrings(strings);
  const given = pieces.map((piece) => stop.push(piece));
  return { given: [...given, stop.end()], found: stop.found };
}

describe('StopStrings', () => {
  it('holds back what may be the start of a stop string, and gives it when it is none', () => {
    expect(run(['stop'], ['a st', 'op b'])).toEqual({ given: ['a ', '', ''], found: true });
    expect(run(['stop'], ['a st', 'ay'])).toEqual({ given: ['a ', 'stay', ''], found: false });
    expect(run(['stop'], ['a', ' s'])).toEqual({ given: ['a', ' ', 's'], found: false });
  });

  it('cuts within a piece, at the first of several', () => {
    expect(run(['##', 'end'], ['xen', 'd of ##'])).toEqual({ given: ['x', '', ''], found: true });
    expect(run(['aab'], ['aaab'])).toEqual({ given: ['a', ''], found: true });
  });

  it('gives the text up to the first stop string however it is cut into pieces', () => {
    const rng = new Rng(2);
    for (let round = 0; round < 2000; round += 1) {
      const letters = (count: number): string =>
        Array.from({ length: count }, () => rng.pick(['a', 'b', 'c'])).join('');
      const text = letters(rng.int(25));
      const strings = Array.from({ length: rng.int(4) }, () => letters(1 + rng.int(4)));
      const pieces: string[] = [];
      for (let at = 0; at < text.length;) {
        const size = 1 + rng.int(4);
        pieces.push(text.slice(at, at + size));
        at += size;
      }
      const ends = strings.map((string) => text.indexOf(string)).filter((index) => index >= 0);
      const { given, found } = run(strings, pieces);
      expect(found).toBe(ends.length > 0);
      // Pieces after the one that completed the first match never come: the run was ended.
      const expected = found ? text.slice(0, earliestKnown(text, strings, pieces)) : text;
      expect(given.join('')).toBe(expected);
    }
  });
});

/** Where the text is cut: at the first stop string of what had come when one was complete. */
function earliestKnown(text: string, strings: readonly string[], pieces: readonly string[]): number {
  let come = 0;
  for (const piece of pieces) {
    come += piece.length;
    const ends = strings.map((string) => text.slice(0, come).indexOf(string)).filter((index) => index >= 0);
    if (ends.length > 0) return Math.min(...ends);
  }
  return text.length;
}
