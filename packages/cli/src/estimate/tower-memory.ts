import type { Precision } from './decoder-memory';

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
  /** Of these, values of the layers' matrices, and of those that stay in the 16 bits they are stored in. */
  matrices: number;
  narrow: number;
}

/** Pictures that go through the tower at once where their features are kept. */
const picturesAtOnce = 32;

/** Weights that are read and not used: what is no matrix lies in JavaScript too until then. */
export function towerWeights({ parameters, matrices, narrow }: TowerSizes): number {
  return 8 * (parameters - matrices) + 4 * (matrices - narrow) + 2 * narrow;
}

/** Weights that are in use: products in bfloat16 leave half of the matrices. */
export function usedTowerWeights({ parameters, matrices, narrow }: TowerSizes, precision: Precision): number {
  const halved = precision === 'bfloat16' ? matrices : narrow;
  return 4 * (parameters - halved) + 2 * halved;
}

/** How a tower is run: `fused` where attention, norms and activations are ops of our kernels. */
export interface SeeingOptions {
  /** The hidden state that is read. */
  depth: number;
  fused: boolean;
}

/**
 * What the tower takes while it sees `batch` pictures, in float32: the pixels three times, the hidden states up to the layer that is
 * read, of one layer 14 D + 3 F a position and three arrays of (B, H, T, T) (fused 10 D + 2 F and none), and a matrix that is widened
 * for its product.
 */
export function towerActivations(tower: TowerSizes, batch: number, { depth, fused }: SeeingOptions): number {
  const { width, inner, heads, positions, imageSize, narrow } = tower;
  const pixels = 3 * batch * 3 * imageSize ** 2 * 4;
  const states = (depth + 1) * batch * positions * width * 4;
  const scores = fused ? 0 : 3 * batch * heads * positions ** 2 * 4;
  const layer = batch * positions * (fused ? 10 * width + 2 * inner : 14 * width + 3 * inner) * 4 + scores;
  return pixels + states + layer + (narrow > 0 ? 4 * width * inner : 0);
}

/**
 * What a tower that learns, or has adapters, keeps of `batch` pictures for its backward pass: of each layer up to the one that is read as much
 * as it makes, or with gradient checkpointing its input, and one layer's twice while that is gone back through.
 */
export function learningTowerActivations(
  tower: TowerSizes,
  batch: number,
  { depth, checkpointing, ...how }: SeeingOptions & { checkpointing: boolean },
): number {
  const all = towerActivations(tower, batch, { ...how, depth });
  const states = (depth + 1) * batch * tower.positions * tower.width * 4;
  const pixels = 3 * batch * 3 * tower.imageSize ** 2 * 4;
  const layer = all - states - pixels;
  return all + (checkpointing ? layer : depth * layer);
}

/** The same for pictures that are seen once each, before the steps. */
export function seeingActivations(tower: TowerSizes, pictures: number, options: SeeingOptions): number {
  return towerActivations(tower, Math.min(picturesAtOnce, pictures), options);
}
