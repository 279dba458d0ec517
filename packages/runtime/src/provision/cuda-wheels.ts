import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ZipFile } from '@moslora/checkpoint';
import type { CommandRunner } from './command';
import { downloadWheel, type WheelRequest } from './wheel-download';

/** The nvidia-* requirements that a TensorFlow wheel lists for its `and-cuda` extra, e.g. `nvidia-cudnn-cu12<10.0,>=9.3`. */
export function cudaRequirements(wheel: Pick<ZipFile, 'names' | 'read'>): string[] {
  const metadata = wheel.names().find((name) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  if (!metadata) return [];
  const lines = wheel
    .read(metadata)
    .toString('utf8')
    .matchAll(/^Requires-Dist: (nvidia-[^;]+);.*and-cuda/gm);
  return [...lines].map(([, requirement]) => requirement!.trim());
}

/** Downloads those wheels one after another and unpacks their shared libraries (and ptxas) to `root/nvidia`. */
export async function addCudaLibraries(
  wheel: ZipFile,
  root: string,
  request: Omit<WheelRequest, 'requirement'>,
  run: CommandRunner,
): Promise<void> {
  for (const requirement of cudaRequirements(wheel)) {
    request.log(`downloading ${requirement}`);
    const folder = join(request.folder, requirement.replace(/[^\w-].*$/, ''));
    const zip = await downloadWheel({ ...request, requirement, folder }, run);
    try {
      for (const name of zip
        .names()
        .filter((entry) => /^nvidia\/.*(\.so(\.\d+)*|\/ptxas|\/libdevice\.10\.bc)$/.test(entry))) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        await zip.extract(name, join(root, name));
      }
    } finally {
      zip.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
