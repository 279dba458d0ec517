import { byteLength, type TensorSpec } from './safetensors-layout';

export const indexFile = 'model.safetensors.index.json';

/** A file of a folder's weights, and what it holds. */
export interface Shard<G> {
  file: string;
  groups: G[];
}

/**
 * Puts groups of tensors (a weight with its scales, say) into files in the order given, each up to `most` bytes (5 GB, as in
 * transformers); a larger group gets a file of its own. One file is called `model.safetensors`, several
 * `model-00001-of-00003.safetensors` and so on.
 */
export function splitIntoShards<G extends { bytes: number }>(groups: Iterable<G>, most = 5e9): Shard<G>[] {
  const files: G[][] = [[]];
  let filled = 0;
  for (const group of groups) {
    if (files.at(-1)!.length > 0 && filled + group.bytes > most) {
      files.push([]);
      filled = 0;
    }
    files.at(-1)!.push(group);
    filled += group.bytes;
  }
  const digits = (n: number): string => String(n).padStart(5, '0');
  return files.map((members, i) => ({
    file: files.length === 1 ? 'model.safetensors' : `model-${digits(i + 1)}-of-${digits(files.length)}.safetensors`,
    groups: members,
  }));
}

/** The text of `model.safetensors.index.json`: which file holds which tensor, and the bytes of all. */
export function shardIndex(files: Iterable<readonly [file: string, tensors: readonly TensorSpec[]]>): string {
  const all = [...files].flatMap(([file, tensors]) => tensors.map((tensor) => ({ file, tensor })));
  const total = all.reduce((sum, { tensor }) => sum + byteLength(tensor), 0);
  const map = all.map(({ file, tensor }): [string, string] => [tensor.name, file]);
  map.sort(([a], [b]) => (a < b ? -1 : 1));
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) };
  return `${JSON.stringify(index, null, 2)}\n`;
}
