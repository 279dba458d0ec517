import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeviceCode, type AddonTarget } from './addon-target';

/** The package's folder. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Paths of an addon's source files, headers included, relative to the package: what all ops share in `native/`, and each op's own in
 * `src/<op>/native/`. There `*.cc` is for processors and `*.cu` for GPUs; what lies in `shared/` belongs to both.
 */
export function nativeSources(target: AddonTarget): string[] {
  const ops = readdirSync(join(packageFolder, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = ['native', ...ops.map(({ name }) => join('src', name, 'native'))];
  const belongs = isDeviceCode(target) ? (name: string) => belongsToDevice(name, target) : belongsToProcessor;
  return folders
    .flatMap((folder) => filesIn(join(packageFolder, folder)))
    .filter(belongs)
    .sort();
}

/** Those of them that are compiled on their own. */
export function compiledSources(target: AddonTarget): string[] {
  return nativeSources(target).filter((name) => /\.(cc|cu)$/.test(name));
}

const belongsToProcessor = (name: string): boolean => !name.startsWith('native/cuda/') && !/\.cuh?$/.test(name);

function belongsToDevice(name: string, target: 'cuda' | 'emulated'): boolean {
  if (name.startsWith('native/cuda/emulation/')) return target === 'emulated';
  if (name === 'native/cuda/stream.cc') return target === 'cuda';
  return /\.(cuh?|h)$/.test(name) || /^native\/(addon\.cc$|core\/|cuda\/)/.test(name) || name.includes('/shared/');
}

function filesIn(folder: string): string[] {
  try {
    return (readdirSync(folder, { recursive: true }) as string[])
      .filter((name) => /\.(cc|h|cuh?)$/.test(name))
      .map((name) => relative(packageFolder, join(folder, name)));
  } catch {
    return []; // an op without native code
  }
}

/** Tells one state of an addon's sources from another. */
export function sourcesHash(target: AddonTarget): string {
  const hash = createHash('sha256');
  for (const name of nativeSources(target)) hash.update(`${name}\0`).update(readFileSync(join(packageFolder, name)));
  return hash.digest('hex').slice(0, 12);
}
