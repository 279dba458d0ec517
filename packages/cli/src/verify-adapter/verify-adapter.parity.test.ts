import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend } from '@moslora/runtime';
import { describeShared, sharedPath } from '@moslora/testing';
import { beforeAll, expect, it } from 'vitest';
import { verifyAdapter } from './verify-adapter';

describeShared('verifyAdapter', () => {
  beforeAll(() => startBackend());

  it.each(['lora', 'moslora'])('agrees with the golden %s adapter', async (method) => {
    const result = await verifyAdapter(sharedPath('golden/adapters', method)!, sharedPath('golden/tiny-llava-llama')!);
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.checks).toHaveLength(5);
    expect(result.agrees).toBe(true);
  });

  it('disagrees with a trajectory that another learning rate gave', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'adapter-'));
    try {
      cpSync(sharedPath('golden/adapters/moslora')!, folder, { recursive: true });
      const path = join(folder, 'trajectory.json');
      const text = readFileSync(path, 'utf8').replace('"lr": 0.01', '"lr": 0.005');
      rmSync(path, { force: true });
      writeFileSync(path, text);
      const { agrees, checks } = await verifyAdapter(folder, sharedPath('golden/tiny-llava-llama')!);
      expect(agrees).toBe(false);
      expect(checks.filter(({ ok }) => ok).map(({ name }) => name.split(' ')[0])).toEqual(['logits', 'gradients']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
