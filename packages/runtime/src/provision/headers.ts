import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { ZipFile } from '@moslora/checkpoint';

const PREFIX = 'tensorflow/include/';

/** Headers that an extension of TensorFlow includes directly: the public ones of the C API, and its string type. */
const isRoot = (name: string): boolean =>
  /^tensorflow\/include\/tensorflow\/c\/(eager\/)?(c_api|kernels|ops|env|tf_[a-z]+|c_api_experimental)\.h$/.test(
    name,
  ) || /^tensorflow\/include\/tensorflow\/core\/platform\/ctstring(_internal)?\.h$/.test(name);

/** Where TensorFlow's kernels for GPUs, and ours, learn which stream an op runs on. */
const isForGpus = (name: string): boolean => name === `${PREFIX}unsupported/Eigen/CXX11/Tensor`;

/**
 * The C API's headers in a wheel and, transitively, every header they include: some dozens out of 15,000 files; for GPUs Eigen's too, some
 * hundred. A name in quotes or angle brackets counts when the wheel has it, relative to the include folder or to the header.
 */
export function headerClosure(zip: Pick<ZipFile, 'names' | 'has' | 'read'>, forGpus = false): string[] {
  const found = new Set(zip.names().filter((name) => isRoot(name) || (forGpus && isForGpus(name))));
  for (const name of found) {
    for (const [, included] of zip
      .read(name)
      .toString('utf8')
      .matchAll(/^\s*#\s*include\s*["<]([^">]+)[">]/gm)) {
      const candidates = [PREFIX + included!, posix.join(posix.dirname(name), included!)];
      const hit = candidates.find((candidate) => zip.has(candidate));
      if (hit) found.add(hit); // a Set visits what is added while it is being walked
    }
  }
  return [...found].sort();
}

/** Writes that closure under `root/tensorflow/include`; returns how many headers there are. */
export function extractHeaders(zip: ZipFile, root: string, forGpus = false): number {
  const names = headerClosure(zip, forGpus);
  if (names.length === 0) throw new Error(`${zip.path} carries no TensorFlow C headers`);
  for (const name of names) {
    const target = join(root, name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, zip.read(name));
  }
  return names.length;
}
