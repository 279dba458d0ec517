import { join } from 'node:path';
import { replaceFile, writeAll, writeFileAtomic } from './atomic-file';
import { toBytes } from './convert';
import { byteLength, headerBytes, placeTensors, type TensorSpec } from './safetensors-layout';
import { indexFile, shardIndex, splitIntoShards } from './shards';

export type TensorData = Uint8Array | Float32Array | Int32Array;

export interface TensorToWrite extends TensorSpec {
  /** The values, or a function giving them when their turn has come, so that only one tensor is in memory at a time. */
  data: TensorData | (() => TensorData);
}

/** Writes a safetensors file atomically, tensor by tensor; see {@link placeTensors} and {@link headerBytes} for the layout. */
export function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Record<string, string> = {},
): void {
  const placed = placeTensors(tensors);
  const header = headerBytes(placed, metadata);
  replaceFile(path, (fd) => {
    writeAll(fd, header);
    for (const tensor of placed) writeAll(fd, checkedBytes(tensor));
  });
}

export interface ShardOptions {
  /** Largest size of a file's tensors, in bytes; a larger tensor gets a file of its own. Default 5 GB, as transformers has it. */
  maxShardBytes?: number | undefined;
  metadata?: Record<string, string>;
}

/**
 * Writes the weights of a Hugging Face folder: `model.safetensors`, or shards `model-00001-of-00003.safetensors` … with
 * `model.safetensors.index.json`, which is written last. Every file appears whole. Gives the names of the files.
 */
export function writeShardedSafetensors(
  dir: string,
  tensors: readonly TensorToWrite[],
  { maxShardBytes, metadata = {} }: ShardOptions = {},
): string[] {
  const shards = splitIntoShards(
    tensors.map((tensor) => ({ tensor, bytes: byteLength(tensor) })),
    maxShardBytes,
  ).map(({ file, groups }) => [file, groups.map(({ tensor }) => tensor)] as const);
  for (const [file, members] of shards) writeSafetensors(join(dir, file), members, metadata);
  const files = shards.map(([file]) => file);
  if (shards.length === 1) return files;
  writeFileAtomic(join(dir, indexFile), shardIndex(shards));
  return [...files, indexFile];
}

function checkedBytes({ name, dtype, shape, data }: TensorToWrite): Uint8Array {
  const bytes = toBytes(dtype, typeof data === 'function' ? data() : data, name);
  const expected = byteLength({ dtype, shape });
  if (bytes.byteLength !== expected) {
    throw new Error(`${name}: ${bytes.byteLength} bytes given, ${expected} needed for ${dtype} (${shape.join(', ')})`);
  }
  return bytes;
}
