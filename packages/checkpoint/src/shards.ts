import { byteLength, type TensorSpec } from './safetensors-layout';

export const indexFile = 'model.safetensors.index.json';

/** Tensors that stay in one file: a weight and its scales. */
export interface TensorGroup<T extends TensorSpec> {
  tensors: readonly T[];
  bytes: number;
}

/** A file of a folder's weights. */
export interface Shard<T extends TensorSpec> {
  file: string;
  tensors: T[];
}

/**
 * Fills files in the order given, each up to `most` bytes (5 GB); a group that is larger gets a file of its own. One file is called
 * `model.safetensors`, several `model-00001-of-00003.safetensors` and so on.
 */
export function splitIntoShards<T extends TensorSpec>(groups: Iterable<TensorGroup<T>>, most = 5e9): Shard<T>[] {
  const files: T[][] = [[]];
  let filled = 0;
  for (const { tensors, bytes } of groups) {
    if (filled > 0 && filled + bytes > most) {
      files.push([]);
      filled = 0;
    }
    files.at(-1)!.push(...tensors);
    filled += bytes;
  }
  const digits = (n: number): string => String(n).padStart(5, '0');
  return files.map((tensors, i) => ({
    file: files.length === 1 ? 'model.safetensors' : `model-${digits(i + 1)}-of-${digits(files.length)}.safetensors`,
    tensors,
  }));
}

/** The text of `model.safetensors.index.json`: which file holds which tensor, and the bytes of all. */
export function shardIndex(shards: readonly Shard<TensorSpec>[]): string {
  const all = shards.flatMap(({ file, tensors }) => tensors.map((tensor) => ({ file, tensor })));
  const total = all.reduce((sum, { tensor }) => sum + byteLength(tensor), 0);
  const map = all.map(({ file, tensor }): [string, string] => [tensor.name, file]);
  map.sort(([a], [b]) => (a < b ? -1 : 1));
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) };
  return `${JSON.stringify(index, null, 2)}\n`;
}
