import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { NativePaths } from './native-paths';

/** What a provisioned folder holds, for recognising a whole one. */
export interface Manifest {
  key: string;
  /** Version the library reports about itself. */
  tensorflow: string;
  /** Whether it used a GPU when it was tried. */
  gpu: boolean;
  /** Shared libraries and addons with their sizes in bytes, relative to the folder. */
  files: { path: string; bytes: number }[];
}

/** Lists the libraries and addons of a folder and writes its manifest: the last thing done before it is used. */
export function writeManifest(paths: NativePaths, report: { version: string; gpu: boolean }): Manifest {
  const files = [paths.lib, join(paths.binding, '..')].flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(node|dylib|dll|so[.\d]*)$/.test(entry.name))
      .map((entry) => join(folder, entry.name))
      .map((path) => ({ path: relative(paths.root, path), bytes: statSync(path).size })),
  );
  const manifest: Manifest = { key: paths.key, tensorflow: report.version, gpu: report.gpu, files };
  writeFileSync(paths.manifest, `${JSON.stringify(manifest, null, 1)}\n`);
  return manifest;
}

/** The manifest of a folder that is whole: every listed file there with its size. Undefined otherwise. */
export function readManifest(paths: NativePaths): Manifest | undefined {
  if (!existsSync(paths.manifest)) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(paths.manifest, 'utf8')) as Manifest;
    const whole = manifest.files.every(({ path, bytes }) => statSync(join(paths.root, path)).size === bytes);
    return whole && manifest.key === paths.key && existsSync(paths.binding) ? manifest : undefined;
  } catch {
    return undefined; // cut short, or a file is missing: as good as not there
  }
}
