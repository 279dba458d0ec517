/**
 * Which samples share a row, so that little is padded: by first fit, longest first, into rows of at most some multiple of the longest sample, no more than
 * `maxLength`; of the multiples the one whose rows times longest row are fewest positions, the smallest of several. Rows are in the order of their
 * first samples, samples in a row in their own: the same lengths always give the same rows.
 */
export function packRows(lengths: readonly number[], maxLength: number): number[][] {
  const longest = Math.max(0, ...lengths);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let best: number[][] = lengths.map((_, index) => [index]);
  let fewest = longest * lengths.length;
  for (let capacity = longest; capacity > 0; capacity += longest) {
    const rows = firstFit(lengths, Math.min(capacity, maxLength));
    const positions = rows.length * Math.max(...rows.map((row) => lengthOf(row, lengths)));
    if (positions < fewest) [best, fewest] = [rows, positions];
    if (capacity >= Math.min(maxLength, total)) break;
  }
  return best;
}

function firstFit(lengths: readonly number[], capacity: number): number[][] {
  const rows: { samples: number[]; left: number }[] = [];
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  for (const index of order) {
    const length = lengths[index]!;
    const row = rows.find(({ left }) => left >= length);
    if (row) {
      row.samples.push(index);
      row.left -= length;
    } else rows.push({ samples: [index], left: capacity - length });
  }
  const inOrder = rows.map(({ samples }) => samples.sort((a, b) => a - b));
  return inOrder.sort((a, b) => a[0]! - b[0]!);
}

function lengthOf(row: readonly number[], lengths: readonly number[]): number {
  return row.reduce((sum, index) => sum + lengths[index]!, 0);
}
