import { join } from 'node:path';
import { startBackend } from '@moslora/runtime';
import { describeShared, sharedFolder } from '@moslora/testing';
import { beforeAll, expect, it } from 'vitest';
import { verifyModelFolder } from './verify-folder';

const root = join(sharedFolder(), 'golden');

describeShared('verifyModelFolder on the golden folders', () => {
  beforeAll(() => startBackend());

  it.each(['llama', 'llama3', 'qwen2', 'qwen3'].map((family) => `tiny-llava-${family}`))(
    'agrees with %s',
    async (name) => {
      const { agrees, checks } = await verifyModelFolder(`${root}/${name}`);
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(checks.map(({ name: check }) => check)).toEqual([
        'vision_features',
        'projected',
        'logits',
        'loss',
        'greedy',
      ]);
      expect(agrees).toBe(true);
    },
  );

  it('agrees with a decoder alone', async () => {
    const { agrees, checks } = await verifyModelFolder(`${root}/tiny-internlm2`);
    expect(checks.map(({ name, ok }) => [name, ok])).toEqual([['logits', true]]);
    expect(agrees).toBe(true);
  });

  it('disagrees with the reference of another model', async () => {
    const reference = `${root}/tiny-llava-llama3/reference.safetensors`;
    const { agrees, checks } = await verifyModelFolder(`${root}/tiny-llava-llama`, { reference });
    expect(agrees).toBe(false);
    expect(checks.find(({ name }) => name === 'logits')?.maxAbs).toBeGreaterThan(0.01);
  });
});
