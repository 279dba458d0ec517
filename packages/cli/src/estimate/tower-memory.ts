/** A vision tower's sizes. */
export interface TowerSizes {
  layers: number;
  /** D */
  width: number;
  /** F */
  inner: number;
  heads: number;
  /** Positions of a picture, class token included. */
  positions: number;
  /** S, side of a picture in pixels. */
  imageSize: number;
  /** Values of all weights. */
  parameters: number;
}

/** Pictures that go through the tower at once. */
const picturesAtOnce = 32;

/** Weights are float32, and lie in JavaScript too until they are used first. */
export function towerWeights({ parameters }: TowerSizes): number {
  return 8 * parameters;
}

/**
 * What the tower takes while it sees a batch of pictures, in float32: the pixels three times, the hidden states up to the layer that
 * is read (`depth`), and of one layer 14 D + 3 F a position and three arrays of (B, H, T, T).
 */
export function towerActivations(tower: TowerSizes, depth: number, pictures: number): number {
  const { width, inner, heads, positions, imageSize } = tower;
  const batch = Math.min(picturesAtOnce, pictures);
  const pixels = 3 * batch * 3 * imageSize ** 2 * 4;
  const states = (depth + 1) * batch * positions * width * 4;
  const layer = batch * positions * (14 * width + 3 * inner) * 4 + 3 * batch * heads * positions ** 2 * 4;
  return pixels + states + layer;
}
