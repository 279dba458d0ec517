import { dequantized, handleOf, hasKernel, quantizedBlocks, rawHandleOf } from '@moslora/kernels';
import { tf, uploadBytes } from '@moslora/runtime';
import { dynamicMap } from './code/dynamic-map';
import { defaultNestedBlockSize } from './code/nested-absmax';
import { defaultBlockSize, nf4Code } from './code/nf4-code';
import type { Nf4Tensor } from './nf4-tensor';

/** `round` of the ops, by the type that a weight had. */
export const roundings = { float32: 0, bfloat16: 1, float16: 2 } as const;

/** NF4 by our op; nothing where it is missing, or where a value is not finite, which the portable code finds and names. */
export function nativelyQuantized(x: Float32Array, double: boolean): Pick<Nf4Tensor, 'packed' | 'absmax'> | undefined {
  if (x.length === 0 || !hasKernel('MosloraQuantizeNf4')) return undefined;
  const { packed, absmax, nested } = quantizedBlocks(x, {
    code: nf4Code,
    block: defaultBlockSize,
    ...(double && { nested: { map: dynamicMap, block: defaultNestedBlockSize } }),
  });
  if (!absmax.every(Number.isFinite)) return undefined;
  if (!nested) return { packed, absmax };
  const { codes, scales, offset } = nested;
  if (!Number.isFinite(offset) || !scales.every(Number.isFinite)) return undefined;
  return {
    packed,
    absmax: { codes, nestedAbsmax: scales, offset, map: dynamicMap, blockSize: defaultNestedBlockSize },
  };
}

/** The `count` values of a weight by our op; nothing where it is missing. */
export function nativelyDequantized({ packed, absmax, ...about }: Nf4Tensor, count: number): Float32Array | undefined {
  const { blockSize, code, dtype } = about;
  if (count === 0 || blockSize % 2 !== 0 || !hasKernel('MosloraDequantizeNf4')) return undefined;
  const nested = absmax instanceof Float32Array ? undefined : absmax;
  const bytes = [packed, ...(nested ? [nested.codes] : [])].map((values) => uploadBytes(values, [values.length]));
  const [packedBytes, codes] = bytes as [(typeof bytes)[0], (typeof bytes)[0]?];
  const values = tf.tidy(() => {
    const tables = nested
      ? [nested.map, nested.nestedAbsmax, Float32Array.of(nested.offset)]
      : [absmax as Float32Array];
    const floats = [code, ...tables].map((table) => handleOf(tf.tensor1d(table)));
    const operand = {
      packed: rawHandleOf(packedBytes),
      floats,
      block: blockSize,
      nestedBlock: nested?.blockSize ?? defaultNestedBlockSize,
      round: roundings[dtype],
      ...(codes && { codes: rawHandleOf(codes) }),
    };
    return dequantized(operand, [count]).dataSync<'float32'>();
  });
  for (const value of bytes) value.dispose();
  return values;
}
