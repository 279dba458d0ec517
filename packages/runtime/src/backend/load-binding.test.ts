import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cudaLibraries } from '../provision/cuda-libraries';
import { nativePaths, pathsIn } from '../provision/native-paths';

it('loads CUDA libraries by path, but those that others load themselves', () => {
  const root = mkdtempSync(join(tmpdir(), 'cuda-'));
  const paths = pathsIn(root, 'cuda', 'key');
  expect(cudaLibraries(paths)).toEqual([]);
  const names = [
    'libcudart.so.12',
    'libcudnn.so.9',
    'libcudnn_ops.so.9',
    'libnvrtc-builtins.so.12.9',
    'notes.txt',
    'libx.so',
  ];
  mkdirSync(join(root, 'nvidia', 'all', 'lib'), { recursive: true });
  for (const name of names) writeFileSync(join(root, 'nvidia', 'all', 'lib', name), '');
  expect(cudaLibraries(paths).map((path) => basename(path))).toEqual(['libcudart.so.12', 'libcudnn.so.9']);
});

const paths = nativePaths();
const there = paths !== undefined && paths.flavour !== 'stock';
if (!there) process.stderr.write('skipped: the loader addon is not built (npx nx run runtime:provision)\n');

describe.skipIf(!there)('the loader addon', () => {
  it('loads a library by its path, and says why another one does not load', () => {
    const loader = createRequire(import.meta.url)(paths!.loader) as { preload(path?: string): string | undefined };
    expect(loader.preload(join(paths!.lib, 'libtensorflow_framework.so.2'))).toBeUndefined();
    expect(loader.preload(join(paths!.lib, 'libnone.so'))).toContain('libnone.so: cannot open shared object file');
    expect(() => loader.preload()).toThrow('preload() takes the path of a library');
  });
});
