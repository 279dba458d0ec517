import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NativePaths } from '@moslora/runtime';
import { writeAddonManifest } from './addon-manifest';
import type { AddonBuild } from './addon-target';
import { makeAddon, type AddonTools } from './make-addon';
import { tryAddon } from './try-addon';

/**
 * Makes the addon, tries it in a child process and puts its folder in place in one move: whoever looks sees none, or one that works.
 * Gives the names of its ops; throws with the compiler's own words, or with why it does not work.
 */
export async function buildAddon(
  paths: NativePaths,
  build: AddonBuild,
  file: string,
  tools: AddonTools,
): Promise<string[]> {
  const folder = dirname(file);
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.staging-`);
  try {
    const built = await makeAddon(work, paths, build, tools);
    const whole = join(work, 'whole');
    mkdirSync(whole);
    copyFileSync(built, join(whole, 'kernels.node'));
    const ops = await tryAddon(paths, join(whole, 'kernels.node'), tools.run, build).catch((error: Error) => {
      throw new Error(`the addon was built but does not work: ${error.message}`);
    });
    writeAddonManifest(join(whole, 'kernels.node'), ops);
    if (existsSync(folder)) renameSync(folder, join(work, 'replaced'));
    renameSync(whole, folder);
    return ops;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
