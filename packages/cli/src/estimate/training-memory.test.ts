import { describe, expect, it } from 'vitest';
import { layerRowBytes, type AdapterSizes, type DecoderSizes } from './decoder-memory';
import { fusedPassBytes, fusedRowBytes } from './fused-memory';
import { livePictures } from './live-pictures';
import { seeingActivations, towerActivations, towerWeights, usedTowerWeights } from './tower-memory';
import { generationMemory, trainingMemory } from './training-memory';

const sizes: DecoderSizes = {
  ...{ layers: 10, width: 100, inner: 300, heads: 4, queryWidth: 120, keyWidth: 60, vocabulary: 1000 },
  ...{ widenedHead: 0, largestUnpacked: 0 },
};
const plain = { dropout: false, mixed: false, stretched: false };
const adapters: AdapterSizes = {
  parameters: 50_000,
  rank: 8,
  perLayer: 7,
  inputWidths: 900,
  outputWidths: 800,
  ...plain,
};
const batch = { batch: 2, tokens: 128, labels: 20 };
const float32 = { precision: 'float32', checkpointing: false, inPlace: false, fused: false } as const;
const train = (
  given = {},
  options: Partial<{
    precision: 'float32' | 'bfloat16';
    checkpointing: boolean;
    inPlace: boolean;
    fused: boolean;
    averaged: boolean;
  }> = {},
) => trainingMemory({ ...sizes, ...given }, adapters, batch, { ...float32, ...options });

describe('layerRowBytes', () => {
  it('counts what a row keeps, by hand', () => {
    // Two blocks of 64 queries: 3 / 4 of the keys for each of 4 heads.
    const { attention, rest } = layerRowBytes(sizes, adapters, 128, 'float32');
    expect(attention).toBe(4 * (100 + 6 * 120 + 6 * 60 + 4 * 96));
    expect(rest).toBe(4 * (5 * 100 + 5 * 300 + 7 * 8));
    const dropped = layerRowBytes(sizes, { ...adapters, dropout: true }, 128, 'float32');
    expect(dropped.rest - rest).toBe(8 * 900);
    const stretched = layerRowBytes(sizes, { ...adapters, stretched: true }, 128, 'float32');
    expect(stretched.rest - rest).toBe(4 * 800);
  });

  it('takes about half in bfloat16', () => {
    const total = (precision: 'float32' | 'bfloat16') => {
      const { attention, rest } = layerRowBytes(sizes, adapters, 128, precision);
      return attention + rest;
    };
    expect(total('bfloat16') / total('float32')).toBeGreaterThan(0.45);
    expect(total('bfloat16') / total('float32')).toBeLessThan(0.75);
  });
});

describe('trainingMemory', () => {
  it('grows with layers and rows where everything is kept', () => {
    const { activations } = train();
    expect(train({ layers: 20 }).activations / activations).toBeGreaterThan(1.8);
    const twice = trainingMemory(sizes, adapters, { ...batch, batch: 4, labels: 40 }, float32);
    expect(twice.activations / activations).toBeGreaterThan(1.9);
  });

  it('keeps one layer and the inputs of the others with gradient checkpointing', () => {
    const { activations } = train({}, { checkpointing: true });
    expect(activations).toBeLessThan(train().activations / 3);
    const deeper = train({ layers: 20 }, { checkpointing: true }).activations;
    // 10 more inputs of 256 rows, and the factors of one layer of 20 in place of one of 10.
    expect(deeper - activations).toBeCloseTo(10 * 256 * 100 * 4 - (4 * 50_000) / 20, 0);
  });

  it('counts parameters by the times they are held', () => {
    expect(train()).toMatchObject({ adapters: 400_000, optimizer: 800_000, moments: 600_000, update: 4_400_000 });
    const there = train({}, { inPlace: true });
    // What they were drawn into is collected before the first step.
    expect(there).toMatchObject({ adapters: 200_000, optimizer: 600_000, moments: 400_000, update: 600_000 });
    const averaged = train({}, { inPlace: true, averaged: true });
    expect(averaged).toMatchObject({ adapters: 200_000, optimizer: 800_000, moments: 600_000, update: 800_000 });
  });

  it('takes the head or the backward pass of a layer, whichever needs more', () => {
    const plain = train().activations;
    expect(train({ widenedHead: 50e6 }).activations - plain).toBeGreaterThan(45e6);
    expect(train({ largestUnpacked: 1e6 }).activations - plain).toBeGreaterThan(13e6);
    expect(train({ largestUnpacked: 1e6, widenedHead: 14e6 }).activations - plain).toBeLessThan(20e6);
  });
});

it('generating keeps a cache, and one layer of the pass at a time', () => {
  const one = generationMemory(
    sizes,
    { batch: 1, tokens: 128, together: 128 },
    { precision: 'float32', newTokens: 0, fused: false },
  );
  const four = generationMemory(
    sizes,
    { batch: 4, tokens: 128, together: 512 },
    { precision: 'float32', newTokens: 0, fused: false },
  );
  expect(four / one).toBeCloseTo(4, 5);
  const longer = generationMemory(
    sizes,
    { batch: 1, tokens: 128, together: 128 },
    { precision: 'float32', newTokens: 100, fused: false },
  );
  expect(longer - one).toBe((10 + 1) * 100 * 2 * 60 * 4);
  const deeper = generationMemory(
    { ...sizes, layers: 20 },
    { batch: 1, tokens: 128, together: 128 },
    { precision: 'float32', newTokens: 0, fused: false },
  );
  expect(deeper - one).toBe(10 * 128 * 2 * 60 * 4);
  const low = (newTokens: number, fused: boolean) =>
    generationMemory(sizes, { batch: 1, tokens: 128, together: 128 }, { precision: 'bfloat16', newTokens, fused });
  // Of fused ops it is in the products' type.
  expect(low(100, true) - low(0, true)).toBe((longer - one) / 2);
  expect(low(100, false) - low(0, false)).toBe(longer - one);
  const stretched = generationMemory(
    sizes,
    { batch: 1, tokens: 128, together: 128 },
    { precision: 'bfloat16', newTokens: 0, fused: true, stretched: 800 },
  );
  const plain = generationMemory(
    sizes,
    { batch: 1, tokens: 128, together: 128 },
    { precision: 'bfloat16', newTokens: 0, fused: true },
  );
  expect(stretched - plain).toBe(128 * 10 * 800);
});

describe('fused layers', () => {
  it('keep per row what their ops save, by hand', () => {
    const { attention, rest } = fusedRowBytes(sizes, adapters, 'float32');
    expect(attention).toBe(4 * 100 + 4 * (2 * 120 + 2 * 60) + 4 * 4);
    expect(rest).toBe(4 * 100 + 4 * (2 * 300 + 7 * 8));
    const low = fusedRowBytes(sizes, adapters, 'bfloat16');
    // The residual stream and the softmax's sums stay in float32.
    expect(low.attention).toBe(4 * 100 + 2 * (2 * 120 + 2 * 60) + 4 * 4);
    expect(low.rest).toBe(4 * 100 + 2 * (2 * 300 + 7 * 8));
    const mixed = fusedRowBytes(sizes, { ...adapters, mixed: true }, 'bfloat16');
    expect(mixed.rest - low.rest).toBe(2 * 7 * 8);
    // Elements are dropped by a hash.
    expect(fusedRowBytes(sizes, { ...adapters, dropout: true }, 'bfloat16')).toEqual(low);
  });

  it('keep what DoRA stretches, and in bfloat16 the gated rows', () => {
    const rest = (precision: 'float32' | 'bfloat16', given: Partial<AdapterSizes>) =>
      fusedRowBytes(sizes, { ...adapters, ...given }, precision).rest;
    expect(rest('float32', { stretched: true }) - rest('float32', {})).toBe(4 * 800);
    expect(rest('bfloat16', { stretched: true }) - rest('bfloat16', {})).toBe(6 * 800 + 2 * 300);
    const dropped = rest('bfloat16', { stretched: true, dropout: true });
    expect(dropped - rest('bfloat16', { stretched: true })).toBe(6 * 900);
  });

  it('take the head by as many rows as 8 MB of sums and 4 MB of powers hold', () => {
    const head = (labels: number, precision: 'float32' | 'bfloat16', vocabulary = 1000) =>
      fusedPassBytes({ ...sizes, vocabulary }, { batch: 1, tokens: 1, labels }, precision).head;
    expect(head(20, 'float32')).toBe(20 * 100 * 12 + 20 * 100 * 4 + 20 * 1000 * 4);
    expect(head(20, 'bfloat16')).toBe(20 * 100 * 8 + 20 * 100 * 6 + 20 * 1000 * 2);
    expect(head(20, 'bfloat16', 1e6)).toBe(20 * 100 * 8 + 20 * 100 * 6 + 4 * 2 ** 20);
    expect(head(40_000, 'bfloat16') - head(30_000, 'bfloat16')).toBe(10_000 * 100 * 8);
  });

  it('make no scores, no logits of all rows and no unpacked weights', () => {
    const fused = train({}, { fused: true }).activations;
    expect(fused).toBeLessThan(train().activations / 1.5);
    expect(train({ largestUnpacked: 1e6 }, { fused: true }).activations).toBe(fused);
    // A head in 16 bits is made float32 for products in float32.
    expect(train({ widenedHead: 50e6 }, { fused: true }).activations - fused).toBeGreaterThan(45e6);
    const longer = trainingMemory(
      sizes,
      adapters,
      { batch: 1, tokens: 1024, labels: 20 },
      { ...float32, fused: true },
    ).activations;
    const twice = trainingMemory(
      sizes,
      adapters,
      { batch: 1, tokens: 2048, labels: 20 },
      { ...float32, fused: true },
    ).activations;
    expect(twice / longer).toBeLessThan(2.05);
  });
});

const tower = {
  ...{ layers: 4, width: 192, inner: 768, heads: 3, positions: 37, imageSize: 96 },
  ...{ parameters: 2e6, matrices: 1.5e6, narrow: 0 },
};

it('a tower sees at most 32 pictures at once where their features are kept', () => {
  const how = { depth: 3, fused: false };
  expect(seeingActivations(tower, 1000, how)).toBe(towerActivations(tower, 32, how));
  expect(seeingActivations(tower, 16, how)).toBe(towerActivations(tower, 32, how) / 2);
  const scores = 3 * 32 * 3 * 37 ** 2 * 4;
  const fused = towerActivations(tower, 32, { depth: 3, fused: true });
  expect(towerActivations(tower, 32, how) - fused).toBe(scores + 32 * 37 * (4 * 192 + 768) * 4);
});

it('matrices that are stored in 16 bits take that in memory, others half of float32 once products in bfloat16 used them', () => {
  expect(towerWeights(tower)).toBe(4e6 + 6e6);
  expect(towerWeights({ ...tower, narrow: 1.5e6 })).toBe(4e6 + 3e6);
  expect(usedTowerWeights(tower, 'float32')).toBe(8e6);
  expect(usedTowerWeights(tower, 'bfloat16')).toBe(2e6 + 3e6);
  expect(usedTowerWeights({ ...tower, narrow: 1.5e6 }, 'float32')).toBe(2e6 + 3e6);
});

it('pictures that are seen in the step leave the tower and those of four steps in memory', () => {
  const options = {
    depth: 3,
    fused: false,
    precision: 'float32',
    run: { batchPictures: 4 },
    train: { accumulate: 2 },
  } as const;
  const { kept, seeing } = livePictures(tower, options);
  expect(kept).toBe(8e6 + 4 * 2 * 4 * 12 * 96 ** 2);
  expect(seeing - kept).toBe(2e6 + towerActivations(tower, 4, options));
  const large = livePictures({ ...tower, imageSize: 960 }, { ...options, run: { batchPictures: 40 } });
  // 256 MB hold 23 of them.
  expect(large.kept).toBe(8e6 + 23 * 12 * 960 ** 2);
});
