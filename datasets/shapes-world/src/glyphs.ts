import type { Digit, Letter } from './scene';

/** Strokes of each character in a box 4 wide and 6 high with its middle at (0, 0). No font: equal on every machine. */
const strokes: Record<Digit | Letter, string> = {
  '1': 'M-1.3 -1.7L0.3 -3V3M-1.4 3H2',
  '2': 'M-2 -1.4A2 1.7 0 0 1 2 -1.3C2 0 -1 1 -2 3H2.2',
  '3': 'M-1.9 -3H1.8L-0.2 -0.6A1.9 1.8 0 1 1 -2 1.9',
  '4': 'M1 3V-3L-2.2 1.2H2.3',
  '5': 'M1.9 -3H-1.6L-1.8 -0.4A2 1.8 0 1 1 -2 2.2',
  '6': 'M1.4 -2.9C-0.8 -2.6 -2 -0.8 -2 1.1A2 1.9 0 1 0 -1.4 -0.1',
  E: 'M2 -3H-1.8V3H2M-1.8 0H1.4',
  H: 'M-2 -3V3M2 -3V3M-2 0H2',
  K: 'M-1.8 -3V3M2 -3L-1.6 0.4M-0.5 -0.6L2 3',
  T: 'M-2.2 -3H2.2M0 -3V3',
  X: 'M-2 -3L2 3M2 -3L-2 3',
  Z: 'M-2 -3H2L-2 3H2.2',
};

/** SVG path data (to be stroked) of a printed character, `height` pixels high, round (0, 0). */
export function glyphPath(character: Digit | Letter): string {
  return strokes[character];
}

/** Box height of {@link glyphPath}, in its own units. */
export const glyphHeight = 6;

/** An arrow of length 6 round (0, 0) that points to the right, to be stroked. */
export const arrowPath = 'M-3 0H3M0.4 -2.3L3 0L0.4 2.3';
