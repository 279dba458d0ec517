/** IEEE 754 half precision and bfloat16 against float32. Safetensors, and every machine Node runs on, are little-endian. */

let halfTable: Float32Array | undefined;

function widenOneHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function widenedHalves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, half) => widenOneHalf(half));
  return halfTable;
}

/** float16 bit patterns to float32; exact, through a table of all 65,536 values. */
export function halfToFloat32(halves: Uint16Array): Float32Array {
  const table = widenedHalves();
  const wide = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) wide[i] = table[halves[i]!]!;
  return wide;
}

/** bfloat16 bit patterns to float32; exact: they are the upper 16 bits. */
export function bfloat16ToFloat32(values: Uint16Array): Float32Array {
  const bits = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = values[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** float32 to float16 bit patterns, rounding to nearest, ties to even; beyond 65,504 gives infinity. */
export function float32ToHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) halves[i] = narrowToHalf(bits[i]!);
  return halves;
}

function narrowToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to 65,536 or more: infinity
  if (magnitude >= 0x38800000) {
    // Normal: move the exponent's bias from 127 to 15, then drop 13 bits of fraction.
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25 or less: zero
  // Subnormal: the result counts units of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const unit = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (unit + (rest > middle || (rest === middle && unit & 1) ? 1 : 0));
}

/** float32 to bfloat16 bit patterns, rounding to nearest, ties to even. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const narrow = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i]!;
    const isNaN = (b & 0x7fffffff) > 0x7f800000;
    narrow[i] = isNaN ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return narrow;
}
