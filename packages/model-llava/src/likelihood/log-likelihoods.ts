import type { Decoder } from '@moslora/decoder';
import { tf } from '@moslora/runtime';
import { branchesOf, type ScoredIds } from './branches';

/** Rows whose logits exist at a time: with a vocabulary of 150,000 they take 150 MB. */
const ROWS = 256;

/**
 * Σ log p(id | the ids before it) over each sequence's ids from `from` on. Sequences go through the decoder together, padded on the right;
 * each gets what it gets alone. Those of one group, the options of one question, go through it as branches of what they begin with, which
 * is computed once.
 */
export function logLikelihoods(decoder: Decoder, groups: readonly (readonly ScoredIds[])[]): number[][] {
  const sums = groups.map((group) => group.map(() => 0));
  // Where rotations depend on how long a sequence is, there is nothing to share, and its positions say how long it is.
  const apart = decoder.config.rope.type === 'dynamic';
  const owners = groups.flatMap((group, g) => (apart ? group.map((_, i) => [[g, i]]) : [group.map((_, i) => [g, i])]));
  const trees = owners.map((each) => branchesOf(each.map(([g, i]) => groups[g!]![i!]!)));
  const longest = Math.max(0, ...trees.map(({ ids }) => ids.length));
  const filled = (of: 'ids' | 'positions' | 'branches'): Int32Array => {
    const all = new Int32Array(trees.length * longest);
    trees.forEach((tree, b) => all.set(tree[of], b * longest));
    return all;
  };
  const scored = trees.flatMap(({ scored: each }, b) =>
    each.map(({ sequence, target, row }) => ({ owner: owners[b]![sequence]!, target, row: b * longest + row })),
  );
  if (scored.length === 0) return sums;
  const rows = [...new Set(scored.map(({ row }) => row))].sort((a, b) => a - b);
  const place = new Map(rows.map((row, at) => [row, at]));
  const hidden = tf.tidy(() => {
    const x = decoder.embed(tf.tensor2d(filled('ids'), [trees.length, longest], 'int32')); // (B, T, D)
    const branching = trees.some(({ branches }) => branches.some((branch) => branch > 0));
    const marks = {
      ...(branching && { branches: filled('branches') }),
      ...((branching || apart) && { positions: filled('positions') }),
    };
    return decoder.forwardRows(x, Int32Array.from(rows), marks); // (n, D)
  });
  for (let start = 0; start < scored.length; start += ROWS) {
    const some = scored.slice(start, start + ROWS);
    const values = tf.tidy(() => {
      const places = some.map(({ row }) => place.get(row)!);
      const logits = decoder.logits(tf.gather(hidden, tf.tensor1d(places, 'int32'))); // (n, V)
      const chosen = tf.tensor2d(
        some.flatMap(({ target }, i) => [i, target]),
        [some.length, 2],
        'int32',
      );
      return tf.sub(tf.gatherND(logits, chosen), tf.logSumExp(logits, 1)).dataSync<'float32'>(); // (n)
    });
    some.forEach(({ owner: [g, i] }, at) => (sums[g!]![i!]! += values[at]!));
  }
  hidden.dispose();
  return sums;
}
