import { float32ToHalf, halfToFloat32 } from '@moslora/checkpoint';

const block = 32;
const bytes = 18;

/**
 * Q4_0 of 32 values: d (float16), then 4 bits a value, x ≈ d (q - 8), the first 16 in the low halves of the bytes. d maps the value
 * of the largest magnitude, sign and all, to -8. The same bits as llama.cpp's own quantisation of float32 values.
 */
export function encodeQ4_0(values: Float32Array): Uint8Array {
  const blocks = values.length / block;
  const scales = Float32Array.from({ length: blocks }, (_, b) => extreme(values, b * block) / -8);
  const halves = float32ToHalf(scales);
  const out = new Uint8Array(blocks * bytes);
  for (let b = 0; b < blocks; b++) {
    const inverse = scales[b] === 0 ? 0 : Math.fround(1 / scales[b]!);
    const to = b * bytes;
    out[to] = halves[b]! & 255;
    out[to + 1] = halves[b]! >> 8;
    for (let j = 0; j < 16; j++) {
      const low = level(values[b * block + j]!, inverse);
      out[to + 2 + j] = low | (level(values[b * block + 16 + j]!, inverse) << 4);
    }
  }
  return out;
}

function level(value: number, inverse: number): number {
  return Math.min(15, Math.trunc(Math.fround(Math.fround(value * inverse) + 8.5)));
}

/** The first value of the largest magnitude in the block from `at` on. */
function extreme(values: Float32Array, at: number): number {
  let found = 0;
  for (let i = at; i < at + block; i++) if (Math.abs(values[i]!) > Math.abs(found)) found = values[i]!;
  return found;
}

export function decodeQ4_0(stored: Uint8Array): Float32Array {
  const blocks = stored.length / bytes;
  const halves = Uint16Array.from({ length: blocks }, (_, b) => stored[b * bytes]! | (stored[b * bytes + 1]! << 8));
  const scales = halfToFloat32(halves);
  return Float32Array.from({ length: blocks * block }, (_, i) => {
    const [b, j] = [Math.floor(i / block), i % block];
    const pair = stored[b * bytes + 2 + (j % 16)]!;
    return scales[b]! * ((j < 16 ? pair & 15 : pair >> 4) - 8);
  });
}
