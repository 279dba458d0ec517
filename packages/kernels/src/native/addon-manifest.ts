import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What stands beside an addon that has been tried: without it, or where it does not fit, the addon is not loaded. */
interface AddonManifest {
  /** The ops that it registered when it was tried. */
  ops: string[];
  bytes: number;
  sha256: string;
}

const manifestOf = (file: string): string => join(dirname(file), 'manifest.json');

/** Says of an addon that it has been tried; written last. */
export function writeAddonManifest(file: string, ops: readonly string[]): void {
  const manifest: AddonManifest = { ops: [...ops], bytes: statSync(file).size, sha256: sha256(file) };
  writeFileSync(manifestOf(file), `${JSON.stringify(manifest, null, 1)}\n`);
}

/** What is wrong with the addon at this place, in one line; undefined where it is as it was when it was tried. */
export function addonProblem(file: string): 'missing' | 'damaged' | undefined {
  if (!existsSync(file) || !existsSync(manifestOf(file))) return 'missing';
  try {
    const manifest = JSON.parse(readFileSync(manifestOf(file), 'utf8')) as AddonManifest;
    // A library that was cut short would end the process when it is loaded.
    return statSync(file).size === manifest.bytes && sha256(file) === manifest.sha256 ? undefined : 'damaged';
  } catch {
    return 'damaged';
  }
}

/** Notes that the addon is in use, so that it is not removed as an old one. */
export function touchAddon(file: string): void {
  const now = new Date();
  try {
    utimesSync(manifestOf(file), now, now);
  } catch {
    // Of another user: it is theirs to remove.
  }
}

/** When the addon in this folder was last loaded; undefined where it has no manifest. */
export function lastUse(folder: string): Date | undefined {
  return statSync(join(folder, 'manifest.json'), { throwIfNoEntry: false })?.mtime;
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
