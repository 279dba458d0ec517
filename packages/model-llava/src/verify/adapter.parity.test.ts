import { join } from 'node:path';
import { loadAdapters } from '@moslora/adapters';
import { startBackend, tf } from '@moslora/runtime';
import { describeShared, maxAbsDiff, readGolden, sharedFolder } from '@moslora/testing';
import { beforeAll, expect, it } from 'vitest';
import { loadLlavaFolder } from '../load-folder';
import type { LlavaModel } from '../llava-model';
import { readReference } from './reference';

describeShared('a LLaVA with an adapter on every projection', () => {
  beforeAll(() => startBackend());
  const golden = (path: string): string => join(sharedFolder(), 'golden', path);
  const dir = golden('tiny-llava-llama');

  function logitsOf(model: LlavaModel): ArrayLike<number> {
    const { shape, inputIds, attentionMask, pixels } = readReference(join(dir, 'reference.safetensors'), dir);
    return tf.tidy(() => {
      const given = tf.tensor4d(pixels!.values, pixels!.shape as [number, number, number, number]);
      return model.logits({ size: shape[0], inputIds, visible: attentionMask, pixels: given }).dataSync();
    });
  }

  it.each(['lora', 'moslora'])('gives the golden logits of %s', async (method) => {
    const model = await loadLlavaFolder(dir);
    const plain = logitsOf(model);
    const adapters = loadAdapters(model.decoder.slots(), golden(`adapters/${method}`));
    const expected = readGolden(`golden/adapters/${method}/logits.safetensors`).get('logits')!.data;
    expect(maxAbsDiff(logitsOf(model), expected)).toBeLessThan(1e-4);
    expect(maxAbsDiff(plain, expected)).toBeGreaterThan(1e-2);
    expect(model.parameters().filter(({ group }) => group === 'adapter')).toHaveLength(adapters.parameters().length);
    model.dispose();
  });
});
