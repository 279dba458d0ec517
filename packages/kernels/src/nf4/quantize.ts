import { attr, raw, rawScope, readBytes, readFloats, tf } from '@moslora/runtime';

/** What our op makes of a weight's values. */
export interface QuantizedBlocks {
  /** (ceil(n / 2)) bytes, even elements in the high four bits. */
  packed: Uint8Array;
  /** One a block; NaN where a value of the block is not finite. */
  absmax: Float32Array;
  /** The absmax in 8 bits. */
  nested?: { codes: Uint8Array; scales: Float32Array; offset: number };
}

export interface QuantizeSettings {
  /** The 16 values, rising. */
  code: Float32Array;
  /** Values that share one absmax: an even number up to 4096. */
  block: number;
  /** The 256 values for absmax in 8 bits, rising, and how many absmax share a scale. */
  nested?: { map: Float32Array; block: number };
}

/** NF4 of float32 values (n) by the op `MosloraQuantizeNf4`, which must be there; errors name it and the shapes. */
export function quantizedBlocks(x: Float32Array, { code, block, nested }: QuantizeSettings): QuantizedBlocks {
  const inputs = [x, code, ...(nested ? [nested.map] : [])].map((values) => tf.tensor1d(values));
  const attributes = [
    attr.int('D', nested ? 1 : 0),
    attr.int('block', block),
    attr.int('nested_block', nested?.block ?? 256),
  ];
  try {
    return rawScope(() => {
      const [packed, absmax, codes, scales, offset] = raw('MosloraQuantizeNf4', attributes, inputs, nested ? 5 : 2);
      const blocks = { packed: readBytes(packed!), absmax: readFloats(absmax!) };
      if (!nested) return blocks;
      const [offsetValue] = readFloats(offset!) as unknown as [number];
      return { ...blocks, nested: { codes: readBytes(codes!), scales: readFloats(scales!), offset: offsetValue } };
    });
  } finally {
    tf.dispose(inputs);
  }
}
