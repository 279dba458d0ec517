import { blockAbsmax } from './absmax';
import type { BlockCoder } from './block-coder';
import { encodeNf4 } from './encode';

/** float32 values. */
export const float32Blocks: BlockCoder<Float32Array> = {
  absmax: (x, blockSize, place, first) => blockAbsmax(x, blockSize, place, first),

  encode(x, absmax, decoded, blockSize) {
    const packed = encodeNf4(x, absmax, blockSize);
    let [squaredError, squares] = [0, 0];
    for (let block = 0; block < absmax.length; block++) {
      const end = Math.min(x.length, (block + 1) * blockSize);
      for (let i = block * blockSize; i < end; i++) {
        const byte = packed[i >> 1]!;
        const value = x[i]!;
        const error = decoded[16 * block + (i & 1 ? byte & 15 : byte >> 4)]! - value;
        squaredError += error * error;
        squares += value * value;
      }
    }
    return { packed, squaredError, squares };
  },
};
