import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors } from '@moslora/checkpoint';
import { Rng } from '@moslora/runtime';

/**
 * Writes random tensors of these shapes to a file, lets `use` read it, and removes it. Vectors called `norm` are near 1, all others
 * normal with deviation 0.2; the values depend on name and seed.
 */
export function withRandomWeights<T>(
  shapes: ReadonlyMap<string, readonly number[]>,
  use: (file: SafetensorsFile) => T,
  seed: number | string = 1,
): T {
  const dir = mkdtempSync(join(tmpdir(), 'moslora-random-'));
  try {
    const path = join(dir, 'model.safetensors');
    writeSafetensors(
      path,
      [...shapes].map(([name, shape]) => ({
        name,
        dtype: 'F32' as const,
        shape: [...shape],
        data: values(name, shape, seed),
      })),
    );
    const file = SafetensorsFile.open(path);
    try {
      return use(file);
    } finally {
      file.close();
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function values(name: string, shape: readonly number[], seed: number | string): Float32Array {
  const count = shape.reduce((a, b) => a * b, 1);
  const isNorm = shape.length === 1 && name.includes('norm');
  return new Rng(seed, name).normalArray(count, isNorm ? 1 : 0, isNorm ? 0.1 : 0.2);
}
