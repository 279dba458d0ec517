import { filters, type Filter, type Resample } from './filters';
import type { Picture } from './picture';

/** Fraction bits of the fixed-point weights: 32 less 8 for the value and 2 for the overshoot of the filter. */
const precision = 32 - 8 - 2;

/** For each output pixel: the first input pixel, how many, and their weights in 2^-22, `taps` apart. */
interface Weights {
  first: Int32Array;
  count: Int32Array;
  fixed: Int32Array;
  taps: number;
}

/**
 * Weights of one axis: the filter is stretched by max(1, from / to), so that shrinking averages all pixels covered
 * (antialiasing), is centred on (i + 0.5) * from / to, is cut at the border and normalised to sum 1.
 */
function axisWeights(from: number, to: number, filter: Filter): Weights {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = filter.support * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const weights = { first: new Int32Array(to), count: new Int32Array(to), fixed: new Int32Array(to * taps), taps };
  const exact = new Float64Array(taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - first;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += exact[k] = filter.weight((k + first - centre + 0.5) * (1 / stretch));
    for (let k = 0; k < count; k++) {
      const value = (sum === 0 ? exact[k]! : exact[k]! / sum) * 2 ** precision;
      weights.fixed[i * taps + k] = Math.trunc(value + (value < 0 ? -0.5 : 0.5));
    }
    weights.first[i] = first;
    weights.count[i] = count;
  }
  return weights;
}

/** 2^-1 in the weights' unit: sums are rounded to a byte, as Pillow rounds between its two passes. */
const half = 1 << (precision - 1);

/** Resamples rows of pixels: (height, width, 3) bytes → (height, to, 3). */
function resampleRows(data: Uint8Array, height: number, width: number, to: number, filter: Filter): Uint8Array {
  const { first, count, fixed, taps } = axisWeights(width, to, filter);
  const out = new Uint8ClampedArray(height * to * 3);
  let target = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width * 3;
    for (let x = 0; x < to; x++) {
      let [r, g, b] = [half, half, half];
      let source = row + first[x]! * 3;
      const end = x * taps + count[x]!;
      // Sums stay below 2^31: a byte times weights of 2^-22 that add up to little more than 1.
      for (let k = x * taps; k < end; k++, source += 3) {
        const weight = fixed[k]!;
        r = (r + Math.imul(data[source]!, weight)) | 0;
        g = (g + Math.imul(data[source + 1]!, weight)) | 0;
        b = (b + Math.imul(data[source + 2]!, weight)) | 0;
      }
      out[target++] = r >> precision;
      out[target++] = g >> precision;
      out[target++] = b >> precision;
    }
  }
  return new Uint8Array(out.buffer);
}

/** Resamples columns: rows of `inner` bytes, (height, inner) → (to, inner). */
function resampleColumns(data: Uint8Array, height: number, inner: number, to: number, filter: Filter): Uint8Array {
  const { first, count, fixed, taps } = axisWeights(height, to, filter);
  const out = new Uint8ClampedArray(to * inner);
  const sums = new Int32Array(inner);
  for (let y = 0; y < to; y++) {
    sums.fill(half);
    for (let k = 0; k < count[y]!; k++) {
      const weight = fixed[y * taps + k]!;
      const source = (first[y]! + k) * inner;
      for (let c = 0; c < inner; c++) sums[c] = (sums[c]! + Math.imul(data[source + c]!, weight)) | 0;
    }
    const target = y * inner;
    for (let c = 0; c < inner; c++) out[target + c] = sums[c]! >> precision;
  }
  return new Uint8Array(out.buffer);
}

/** For each of `to` places the source pixel its centre lies in; the centres are summed up as Pillow does, rounding included. */
function nearestSources(from: number, to: number): Int32Array {
  const step = from / to;
  const sources = new Int32Array(to);
  let centre = step * 0.5;
  for (let i = 0; i < to; i++, centre += step) sources[i] = Math.min(from - 1, Math.floor(centre));
  return sources;
}

function nearest({ width, height, data }: Picture, toWidth: number, toHeight: number): Picture {
  const out = new Uint8Array(toWidth * toHeight * 3);
  const [columns, rows] = [nearestSources(width, toWidth), nearestSources(height, toHeight)];
  for (let y = 0; y < toHeight; y++) {
    const row = rows[y]! * width;
    for (let x = 0; x < toWidth; x++) {
      const from = (row + columns[x]!) * 3;
      out.set(data.subarray(from, from + 3), (y * toWidth + x) * 3);
    }
  }
  return { width: toWidth, height: toHeight, data: out };
}

/**
 * Resizes to exactly (toWidth, toHeight), horizontally first, then vertically, with the arithmetic of Pillow's `Image.resize`
 * for 8-bit pictures (https://github.com/python-pillow/Pillow, src/libImaging/Resample.c): results are equal to the byte.
 */
export function resize(picture: Picture, toWidth: number, toHeight: number, resample: Resample): Picture {
  if (picture.width === toWidth && picture.height === toHeight) return picture;
  if (resample === 'nearest') return nearest(picture, toWidth, toHeight);
  const filter = filters[resample];
  const { width, height } = picture;
  let data = picture.data; // (height, width, 3)
  if (toWidth !== width) data = resampleRows(data, height, width, toWidth, filter); // (height, toWidth, 3)
  if (toHeight !== height) data = resampleColumns(data, height, toWidth * 3, toHeight, filter); // (toHeight, toWidth, 3)
  return { width: toWidth, height: toHeight, data };
}
