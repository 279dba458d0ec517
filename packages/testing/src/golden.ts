import { isAbsolute, join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { sharedFolder } from './shared';

/** A tensor of a golden file: floats as float32, integers and booleans as int32. */
export interface GoldenTensor {
  shape: number[];
  data: Float32Array | Int32Array;
}

/** All tensors of a safetensors file, given by its absolute path or its path in the shared folder. */
export function readGolden(path: string): Map<string, GoldenTensor> {
  const file = SafetensorsFile.open(isAbsolute(path) ? path : join(sharedFolder(), path));
  try {
    return new Map(
      file.names().map((name) => {
        const { dtype, shape } = file.info(name);
        const isFloat = /^(F|BF)/.test(dtype);
        return [name, { shape: [...shape], data: isFloat ? file.float32(name) : file.int32(name) }];
      }),
    );
  } finally {
    file.close();
  }
}
