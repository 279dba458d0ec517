const [LINE, RETURN, QUOTE] = [10, 13, 34];

/** Where a value lies among the bytes, quotes around it left out. */
export interface Cell {
  start: number;
  end: number;
  /** Doubled quotes stand in it. */
  escaped: boolean;
  /** What follows a closing quote, up to the delimiter: it belongs to the value, as pandas reads it. */
  rest?: { start: number; end: number };
}

export interface ParsedRecord {
  cells: Cell[];
  /** Where the next record starts. */
  next: number;
}

/**
 * The record that starts at `start`. A value may be quoted and then hold delimiters, line breaks and doubled quotes; a quote inside an
 * unquoted value is itself. @returns undefined where the bytes end before the record does; `last` says that no more will come
 */
export function parseRecord(
  bytes: Buffer,
  start: number,
  end: number,
  delimiter: number,
  last: boolean,
): ParsedRecord | undefined {
  const cells: Cell[] = [];
  for (let at = start; ; at += 1) {
    const cell =
      bytes[at] === QUOTE && at < end ? quoted(bytes, at, end, last) : { start: at, end: at, escaped: false };
    if (!cell) return undefined;
    let stop = cell.start === at ? at : cell.end + 1;
    const after = stop;
    while (stop < end && bytes[stop] !== delimiter && bytes[stop] !== LINE && bytes[stop] !== RETURN) stop += 1;
    if (stop >= end && !last) return undefined;
    if (cell.start === at) cell.end = stop;
    else if (stop > after) cell.rest = { start: after, end: stop };
    cells.push(cell);
    if (stop >= end) return { cells, next: end };
    at = stop;
    if (bytes[stop] === delimiter) continue;
    if (bytes[stop] === LINE) return { cells, next: stop + 1 };
    if (stop + 1 >= end && !last) return undefined;
    return { cells, next: bytes[stop + 1] === LINE ? stop + 2 : stop + 1 };
  }
}

function quoted(bytes: Buffer, at: number, end: number, last: boolean): Cell | undefined {
  let escaped = false;
  for (let from = at + 1; ;) {
    const close = bytes.indexOf(QUOTE, from);
    if (close < 0 || close >= end || (close + 1 >= end && !last)) return undefined;
    if (close + 1 >= end || bytes[close + 1] !== QUOTE) return { start: at + 1, end: close, escaped };
    escaped = true;
    from = close + 2;
  }
}

/** The value as text. */
export function cellText(bytes: Buffer, { start, end, escaped, rest }: Cell): string {
  const text = bytes.toString('utf8', start, end);
  const inner = escaped ? text.replaceAll('""', '"') : text;
  return rest ? inner + bytes.toString('utf8', rest.start, rest.end) : inner;
}
