import type { Picture } from './picture';

export type Colour = readonly [number, number, number];

/** Pastes the picture at (left, top) onto a canvas of one colour; parts outside the canvas are cut off. */
export function place(
  picture: Picture,
  width: number,
  height: number,
  left: number,
  top: number,
  colour: Colour,
): Picture {
  const data = new Uint8Array(width * height * 3);
  if (colour.some((value) => value !== 0)) {
    data.set(colour);
    // Each copy doubles what is filled.
    for (let filled = 3; filled < data.length; filled *= 2) data.copyWithin(filled, 0, filled);
  }
  const [x0, x1] = [Math.max(0, left), Math.min(width, left + picture.width)];
  for (let y = Math.max(0, top); y < Math.min(height, top + picture.height); y++) {
    const from = ((y - top) * picture.width + x0 - left) * 3;
    data.set(picture.data.subarray(from, from + (x1 - x0) * 3), (y * width + x0) * 3);
  }
  return { width, height, data };
}

/** Widens the shorter side to the longer; the picture stands at floor((L - s) / 2), as in LLaVA's `expand2square`. */
export function padToSquare(picture: Picture, colour: Colour): Picture {
  const { width, height } = picture;
  if (width === height) return picture;
  const side = Math.max(width, height);
  return place(picture, side, side, Math.floor((side - width) / 2), Math.floor((side - height) / 2), colour);
}

/** The middle (size, size) of a picture, from floor((side - size) / 2); where it is smaller, black fills the rest. */
export function centreCrop(picture: Picture, size: number): Picture {
  if (picture.width === size && picture.height === size) return picture;
  const left = Math.floor((picture.width - size) / 2);
  const top = Math.floor((picture.height - size) / 2);
  return place(picture, size, size, -left, -top, [0, 0, 0]);
}
