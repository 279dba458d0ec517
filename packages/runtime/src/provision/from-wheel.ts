import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBinding, linkLibraries } from './build-binding';
import type { CommandRunner } from './command';
import { addCudaLibraries } from './cuda-wheels';
import type { Facts } from './facts';
import { formatBytes } from './format-bytes';
import { extractHeaders } from './headers';
import type { NativePaths } from './native-paths';
import { TENSORFLOW_VERSION, type WheelRelease } from './native-release';
import { downloadWheel } from './wheel-download';

/** Fills `paths` from a TensorFlow wheel: libraries, headers, CUDA libraries where wanted, and the binding built against them. */
export async function provisionFromWheel(
  paths: NativePaths,
  release: WheelRelease,
  facts: Facts,
  run: CommandRunner,
  log: (line: string) => void,
): Promise<void> {
  if (!facts.pip) throw new Error('python3 with pip is missing');
  const folder = join(paths.root, 'download');
  const request = { pip: facts.pip, tags: release.tags, folder, log };
  const requirement = `${release.package}==${TENSORFLOW_VERSION}`;
  log(`downloading ${requirement} (about ${formatBytes(release.bytes)})`);
  const wheel = await downloadWheel({ ...request, requirement }, run);
  try {
    mkdirSync(paths.lib, { recursive: true });
    for (const library of release.libraries) {
      log(`unpacking ${library} (${formatBytes(wheel.size(`tensorflow/${library}`))})`);
      await wheel.extract(`tensorflow/${library}`, join(paths.lib, library));
    }
    log(`unpacked ${extractHeaders(wheel, paths.root, paths.flavour === 'cuda')} headers`);
    if (paths.flavour === 'cuda') await addCudaLibraries(wheel, paths.root, request, run);
  } finally {
    wheel.close();
  }
  rmSync(folder, { recursive: true, force: true });
  linkLibraries(paths, release.libraries);
  log('building the binding with node-gyp');
  await buildBinding(paths, run);
}
