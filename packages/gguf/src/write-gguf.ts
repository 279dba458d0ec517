import { replaceFile, writeAll } from '@moslora/checkpoint';
import { aligned, headerBytes, placeTensors } from './header';
import type { Metadata } from './metadata';
import type { GgufTensor } from './tensor-type';
import { encodeValues } from './values';

export interface TensorToWrite extends GgufTensor {
  /** Called when the tensor's turn has come, so that one is in memory at a time. */
  values(): Float32Array;
}

/** Writes a GGUF file (version 3, little-endian), whole or not at all. */
export function writeGguf(path: string, metadata: Metadata, tensors: readonly TensorToWrite[]): void {
  const placed = placeTensors(tensors);
  const header = headerBytes(metadata, placed);
  replaceFile(path, (file) => {
    writeAll(file, header);
    for (const { name, type, begin, end, values } of placed) {
      const bytes = encodeValues(type, values());
      if (bytes.length !== end - begin) throw new Error(`${name}: ${bytes.length} bytes given, ${end - begin} needed`);
      writeAll(file, bytes);
      writeAll(file, new Uint8Array(aligned(end) - end));
    }
  });
}
