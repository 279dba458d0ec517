import { float32ToHalf, halfToFloat32 } from '@moslora/checkpoint';

const block = 32;
const bytes = 34;

/** Q8_0 of 32 values: d = max |x| / 127 (float16), then a signed byte a value, x ≈ d q. The same bits as llama.cpp's own. */
export function encodeQ8_0(values: Float32Array): Uint8Array {
  const blocks = values.length / block;
  const scales = Float32Array.from({ length: blocks }, (_, b) => {
    let most = 0;
    for (let i = b * block; i < (b + 1) * block; i++) most = Math.max(most, Math.abs(values[i]!));
    return most / 127;
  });
  const halves = float32ToHalf(scales);
  const out = new Uint8Array(blocks * bytes);
  for (let b = 0; b < blocks; b++) {
    const inverse = scales[b] === 0 ? 0 : Math.fround(1 / scales[b]!);
    const to = b * bytes;
    out[to] = halves[b]! & 255;
    out[to + 1] = halves[b]! >> 8;
    for (let j = 0; j < block; j++) out[to + 2 + j] = nearest(Math.fround(values[b * block + j]! * inverse));
  }
  return out;
}

/** The nearest whole number, halves away from zero. */
function nearest(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

export function decodeQ8_0(stored: Uint8Array): Float32Array {
  const blocks = stored.length / bytes;
  const halves = Uint16Array.from({ length: blocks }, (_, b) => stored[b * bytes]! | (stored[b * bytes + 1]! << 8));
  const scales = halfToFloat32(halves);
  return Float32Array.from({ length: blocks * block }, (_, i) => {
    const b = Math.floor(i / block);
    return scales[b]! * ((stored[b * bytes + 2 + (i % block)]! << 24) >> 24);
  });
}
