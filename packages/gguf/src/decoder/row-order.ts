/**
 * Rows of q or k in llama.cpp's order for LLaMA: it turns neighbours (2i, 2i + 1) of a head, Hugging Face (i, i + K/2).
 * @returns for each row in llama.cpp's order, where it stands in Hugging Face's
 */
export function pairedRows(heads: number, headDim: number): number[] {
  return Array.from({ length: heads * headDim }, (_, row) => {
    const at = row % headDim;
    return row - at + (at % 2) * (headDim / 2) + Math.floor(at / 2);
  });
}

/**
 * Rows of InternLM2's wqkv, which stand in groups: the queries of a key head, its key, its value.
 * @returns for each row of q, k and v on its own, where it stands in wqkv
 */
export function groupedRows(
  heads: number,
  kvHeads: number,
  headDim: number,
): Record<'attn_q' | 'attn_k' | 'attn_v', number[]> {
  const perKey = heads / kvHeads;
  const rows = (count: number, place: (head: number) => number): number[] =>
    Array.from({ length: count * headDim }, (_, row) => place(Math.floor(row / headDim)) * headDim + (row % headDim));
  const group = perKey + 2;
  return {
    attn_q: rows(heads, (head) => Math.floor(head / perKey) * group + (head % perKey)),
    attn_k: rows(kvHeads, (head) => head * group + perKey),
    attn_v: rows(kvHeads, (head) => head * group + perKey + 1),
  };
}

/** @param values (all rows, columns) @returns those of `rows`, in that order */
export function gathered(values: Float32Array, rows: readonly number[], columns: number): Float32Array {
  const out = new Float32Array(rows.length * columns);
  for (const [to, from] of rows.entries()) out.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  return out;
}

/** The inverse: puts rows where they came from. */
export function scattered(into: Float32Array, values: Float32Array, rows: readonly number[], columns: number): void {
  for (const [from, to] of rows.entries())
    into.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
}
