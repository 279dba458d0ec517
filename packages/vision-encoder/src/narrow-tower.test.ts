import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors } from '@moslora/checkpoint';
import { currentCompute } from '@moslora/kernels';
import type { LinearSlot } from '@moslora/nn';
import { isNative, Rng, startBackend, tf } from '@moslora/runtime';
import { expectNoLeak } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTowerConfig } from './config';
import { towerSpecs } from './tensor-specs';
import { VisionTower } from './tower';

const sizes = { hidden_size: 16, intermediate_size: 24, num_hidden_layers: 2, num_attention_heads: 2 };
const config = parseTowerConfig({ model_type: 'clip_vision_model', ...sizes, image_size: 16, patch_size: 8 });
const dir = mkdtempSync(join(tmpdir(), 'narrow-tower-'));

/** The same tower in a file of 16-bit values, and in one of these values as float32. */
function files(dtype: 'BF16' | 'F16'): { narrow: SafetensorsFile; wide: SafetensorsFile } {
  const [narrowPath, widePath] = ['narrow', 'wide'].map((name) => join(dir, `${dtype}-${name}.safetensors`)) as [
    string,
    string,
  ];
  const tensors = towerSpecs(config).map(({ name, shape }) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return { name: `vision_model.${name}`, shape, data: new Rng('narrow tower', name).normalArray(count, 0, 0.3) };
  });
  writeSafetensors(
    narrowPath,
    tensors.map((tensor) => ({ ...tensor, dtype })),
  );
  const narrow = SafetensorsFile.open(narrowPath);
  writeSafetensors(
    widePath,
    tensors.map((tensor) => ({ ...tensor, dtype: 'F32' as const, data: () => narrow.float32(tensor.name) })),
  );
  return { narrow, wide: SafetensorsFile.open(widePath) };
}

/** Whether a layer's weight is widened for each use: another tensor each time. */
function isNarrow(slot: LinearSlot): boolean {
  const id = (): number => slot.get().frozen!.operand.lend(currentCompute(), (weight) => weight.id);
  return id() !== id();
}

describe('a tower stored in 16 bits', () => {
  beforeAll(() => startBackend());
  afterAll(() => rmSync(dir, { recursive: true }));

  it.each(['BF16', 'F16'] as const)('stays so in memory, and sees what its values in float32 see: %s', (dtype) => {
    const { narrow, wide } = files(dtype);
    const [tower, expected] = [VisionTower.load(narrow, config), VisionTower.load(wide, config)];
    const pixels = tf.tensor4d(new Rng('pixels').normalArray(2 * 3 * 16 * 16), [2, 3, 16, 16]);
    expect([...tower.features(pixels).dataSync()]).toEqual([...expected.features(pixels).dataSync()]);
    for (const slot of tower.slots()) expect(isNarrow(slot), slot.name).toBe(isNative());
    for (const slot of expected.slots()) expect(isNarrow(slot), slot.name).toBe(false);
    tf.dispose(pixels);
    tower.dispose();
    expected.dispose();
  });

  it('is float32 where it is to learn, and can be written', async () => {
    const { narrow, wide } = files('BF16');
    const learning = VisionTower.load(narrow, config, { trainable: true });
    expect(learning.parameters()).toHaveLength(towerSpecs(config).length);
    const [ours, theirs] = [
      await VisionTower.load(narrow, config).entries(),
      await VisionTower.load(wide, config).entries(),
    ];
    expect(ours).toEqual(theirs);
    learning.dispose();
  });

  it('leaves nothing behind', async () => {
    const { narrow } = files('F16');
    await expectNoLeak(() => VisionTower.load(narrow, config).dispose());
  });
});
