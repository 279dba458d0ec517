import { blockAbsmax } from './code/absmax';
import { decodeNf4, type FloatType } from './code/decode';
import { encodeNf4 } from './code/encode';
import { quantizeAbsmax, restoreAbsmax, type NestedAbsmax } from './code/nested-absmax';
import { defaultBlockSize, nf4Code } from './code/nf4-code';
import { nativelyDequantized, nativelyQuantized } from './native';

/** A weight in NF4: 4 bits a value, and one absmax a block of `blockSize` values. */
export interface Nf4Tensor {
  /** (ceil(n / 2)) bytes, even elements in the high four bits. */
  packed: Uint8Array;
  /** One a block; or these in 8 bits (double quantisation). */
  absmax: Float32Array | NestedAbsmax;
  /** Of the weight: (out, in) for a linear layer. Row-major. */
  shape: number[];
  /** What the weight was before: dequantised values are rounded to it. */
  dtype: FloatType;
  blockSize: number;
  /** The 16 values; a file's own where it was read from one. */
  code: Float32Array;
}

export interface QuantizeOptions {
  /** Quantise the absmax too: 4.127 bits a value in place of 4.5. */
  double: boolean;
  /** Default: one axis. */
  shape?: readonly number[];
  /** Default: float32. */
  dtype?: FloatType;
  /** Tensor and file, for error messages. */
  place?: string;
}

/**
 * NF4 quantisation, equal bit for bit to bitsandbytes' CPU path: absmax per block of 64 values in row-major order, then the
 * nearest of 16 values to x / absmax. Throws a UserError naming `place` and index for NaN and infinities.
 */
export function quantizeNf4(x: Float32Array, options: QuantizeOptions): Nf4Tensor {
  const { double, shape = [x.length], dtype = 'float32', place = 'weight' } = options;
  return {
    ...(nativelyQuantized(x, double) ?? quantized(x, double, place)),
    shape: [...shape],
    dtype,
    blockSize: defaultBlockSize,
    code: nf4Code,
  };
}

function quantized(x: Float32Array, double: boolean, place: string): Pick<Nf4Tensor, 'packed' | 'absmax'> {
  const absmax = blockAbsmax(x, defaultBlockSize, place);
  return {
    packed: encodeNf4(x, absmax, defaultBlockSize),
    absmax: double ? quantizeAbsmax(absmax, place) : absmax,
  };
}

/** The values in row-major order. */
export function dequantizeNf4(tensor: Nf4Tensor): Float32Array {
  const { packed, shape, dtype, blockSize, code } = tensor;
  const count = shape.reduce((product, size) => product * size, 1);
  const natively = nativelyDequantized(tensor, count);
  if (natively) return natively;
  return decodeNf4(packed, absmaxOf(tensor), code, { count, blockSize, dtype });
}

/** One absmax a block, restored where it is quantised. */
export function absmaxOf({ absmax }: Nf4Tensor): Float32Array {
  return absmax instanceof Float32Array ? absmax : restoreAbsmax(absmax);
}

/** Bytes the quantised weight takes, maps left out: 4.127 bits a value with double quantisation, 4.5 without. */
export function nf4Bytes({ packed, absmax }: Nf4Tensor): number {
  const scales =
    absmax instanceof Float32Array ? absmax.byteLength : absmax.codes.byteLength + absmax.nestedAbsmax.byteLength + 4;
  return packed.byteLength + scales;
}
