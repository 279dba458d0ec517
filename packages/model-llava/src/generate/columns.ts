/** Where the columns of a cache hold a row: `padding` hidden ones, `prefix` seen, `gap` hidden, the others seen. */
export interface Columns {
  padding: number;
  prefix: number;
  gap: number;
}

/** Marks those of the first `seen` columns that hold nothing of row b, in (B, seen). */
export function hideColumns(visible: Int32Array, b: number, seen: number, { padding, prefix, gap }: Columns): void {
  const hide = (from: number, to: number): void =>
    void visible.fill(0, b * seen + Math.min(seen, from), b * seen + Math.min(seen, to));
  hide(0, padding);
  hide(padding + prefix, padding + prefix + gap);
}

export const hidesAny = ({ padding, gap }: Columns): boolean => padding + gap > 0;
