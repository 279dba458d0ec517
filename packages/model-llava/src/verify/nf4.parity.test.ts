import { join } from 'node:path';
import { renamed, SafetensorsFile, WeightFolder, type WeightSource } from '@moslora/checkpoint';
import { startBackend } from '@moslora/runtime';
import { describeShared, sharedFolder } from '@moslora/testing';
import { beforeAll, expect, it } from 'vitest';
import { verifyModelFolder } from './verify-folder';

/** The tensors of `over`, and those of `under` that it has none of. */
function overlay(over: WeightSource, under: WeightSource): WeightSource {
  const holding = (name: string): WeightSource => (over.has(name) ? over : under);
  return {
    where: over.where,
    metadata: {},
    names: () => [...new Set([...over.names(), ...under.names()])],
    has: (name) => over.has(name) || under.has(name),
    info: (name) => holding(name).info(name),
    bytes: (name) => holding(name).bytes(name),
    float32: (name) => holding(name).float32(name),
    int32: (name) => holding(name).int32(name),
    close: () => [over, under].forEach((source) => source.close()),
  };
}

describeShared('a LLaVA on a bitsandbytes NF4 base', () => {
  beforeAll(() => startBackend());
  const golden = (path: string): string => join(sharedFolder(), 'golden', path);
  const dir = golden('tiny-llava-llama');
  const reference = golden('nf4/tiny-llava-llama-nf4-reference.safetensors');

  it.each(['packed', 'dequantized'] as const)('gives the golden logits with %s weights', async (residency) => {
    const quantized = SafetensorsFile.open(golden('nf4/tiny-llava-llama-bnb-nf4.safetensors'));
    const decoder = renamed(quantized, (name) => name.replace('model.language_model.', 'language_model.model.'));
    const source = overlay(decoder, WeightFolder.open(dir));
    const { agrees, checks } = await verifyModelFolder(dir, { source, reference, residency });
    source.close();
    expect(checks.map(({ name }) => name)).toEqual(['logits', 'loss']);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(agrees).toBe(true);
  });
});
