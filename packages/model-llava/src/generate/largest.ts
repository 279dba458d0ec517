/**
 * The indices of the `count` largest scores, largest first; among equal ones the lower index stands first.
 * A heap of `count` passes over the scores once: O(V log count).
 */
export function largest(scores: ArrayLike<number>, count: number): Int32Array {
  const size = Math.min(count, scores.length);
  const heap = new Int32Array(size);
  const worse = (a: number, b: number): boolean => scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b);
  /** Puts `index` at the root of the first `length` entries and lets it sink: the worst one is the root. */
  const sink = (index: number, start: number, length: number): void => {
    let at = start;
    for (let child = 2 * at + 1; child < length; child = 2 * at + 1) {
      const next = child + 1 < length && worse(heap[child + 1]!, heap[child]!) ? child + 1 : child;
      if (!worse(heap[next]!, index)) break;
      heap[at] = heap[next]!;
      at = next;
    }
    heap[at] = index;
  };
  for (let i = 0; i < size; i += 1) heap[i] = i;
  for (let i = (size >> 1) - 1; i >= 0; i -= 1) sink(heap[i]!, i, size);
  for (let i = size; i < scores.length; i += 1) if (worse(heap[0]!, i)) sink(i, 0, size);
  for (let end = size - 1; end > 0; end -= 1) {
    const worst = heap[0]!;
    sink(heap[end]!, 0, end);
    heap[end] = worst;
  }
  return heap;
}
