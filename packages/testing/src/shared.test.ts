import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { writeSafetensors } from '@moslora/checkpoint';
import { readGolden } from './golden';
import { sharedPath } from './shared';

const folder = mkdtempSync(join(tmpdir(), 'shared-'));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('finds files under MOSLORA_SHARED', () => {
  vi.stubEnv('MOSLORA_SHARED', folder);
  writeFileSync(join(folder, 'a.json'), '{}');
  expect(sharedPath('a.json')).toBe(join(folder, 'a.json'));
});

it('says once why a file is not used', () => {
  vi.stubEnv('MOSLORA_SHARED', folder);
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(sharedPath('golden', 'none')).toBeUndefined();
  expect(sharedPath('golden', 'none')).toBeUndefined();
  expect(write).toHaveBeenCalledTimes(1);
  expect(write.mock.calls[0]![0]).toContain(`skipped: ${join('golden', 'none')} is not in the shared folder`);
});

it('reads floats and integers of a golden file', () => {
  const path = join(folder, 'g.safetensors');
  writeSafetensors(path, [
    { name: 'x', dtype: 'F32', shape: [2], data: Float32Array.of(0.5, -1) },
    { name: 'ids', dtype: 'I32', shape: [1, 2], data: Int32Array.of(3, 4) },
  ]);
  const golden = readGolden(path);
  expect(golden.get('x')).toEqual({ shape: [2], data: Float32Array.of(0.5, -1) });
  expect(golden.get('ids')).toEqual({ shape: [1, 2], data: Int32Array.of(3, 4) });
  rmSync(folder, { recursive: true });
});
