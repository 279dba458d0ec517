/**
 * Rows of q or k in llama.cpp's order for LLaMA: it turns neighbours (2i, 2i + 1) of a head, Hugging Face (i, i + K/2). Row i of a
 * half goes to 2i, or 2i + 1 in the second half.
 * @param values (heads * K, columns) @returns a new array
 */
export function neighbouringPairs(values: Float32Array, heads: number, headDim: number): Float32Array {
  return reordered(values, heads, headDim, (from, to) => [from, to]);
}

/** The inverse: from llama.cpp's order to Hugging Face's. */
export function halvesApart(values: Float32Array, heads: number, headDim: number): Float32Array {
  return reordered(values, heads, headDim, (to, from) => [from, to]);
}

/** @param way which of two rows is read and which is written: (Hugging Face's, llama.cpp's) → [from, to] */
function reordered(
  values: Float32Array,
  heads: number,
  headDim: number,
  way: (apart: number, paired: number) => [from: number, to: number],
): Float32Array {
  const columns = values.length / (heads * headDim);
  const out = new Float32Array(values.length);
  const half = headDim / 2;
  for (let row = 0; row < heads * headDim; row++) {
    const [head, at] = [Math.floor(row / headDim), row % headDim];
    const [from, to] = way(row, head * headDim + (at < half ? 2 * at : 2 * (at - half) + 1));
    out.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  }
  return out;
}
