import type { Decoder } from '@moslora/decoder';
import { tf } from '@moslora/runtime';

/** Ids of which those from `from` on are the text whose likelihood is asked for; `from` is at least 1. */
export interface ScoredIds {
  ids: readonly number[];
  from: number;
}

/** Rows whose logits exist at a time: with a vocabulary of 150,000 they take 150 MB. */
const ROWS = 256;

/**
 * Σ log p(id | the ids before it) over each sequence's ids from `from` on. Sequences go through the decoder together, padded on the right;
 * each gets what it gets alone.
 */
export function logLikelihoods(decoder: Decoder, sequences: readonly ScoredIds[]): number[] {
  const longest = Math.max(0, ...sequences.map(({ ids }) => ids.length));
  const inputs = new Int32Array(sequences.length * longest);
  const [rows, targets, owners]: [number[], number[], number[]] = [[], [], []];
  sequences.forEach(({ ids, from }, b) => {
    inputs.set(ids, b * longest);
    for (let t = from; t < ids.length; t += 1) {
      rows.push(b * longest + t - 1); // the row before it says what comes at t
      targets.push(ids[t]!);
      owners.push(b);
    }
  });
  const sums = sequences.map(() => 0);
  if (rows.length === 0) return sums;
  const hidden = tf.tidy(() => {
    const x = decoder.embed(tf.tensor2d(inputs, [sequences.length, longest], 'int32')); // (B, T, D)
    return decoder.forwardRows(x, Int32Array.from(rows)); // (n, D)
  });
  for (let start = 0; start < rows.length; start += ROWS) {
    const count = Math.min(ROWS, rows.length - start);
    const values = tf.tidy(() => {
      const logits = decoder.logits(tf.slice(hidden, [start, 0], [count, -1])); // (n, V)
      const chosen = tf.tensor2d(
        targets.slice(start, start + count).flatMap((id, i) => [i, id]),
        [count, 2],
        'int32',
      );
      return tf.sub(tf.gatherND(logits, chosen), tf.logSumExp(logits, 1)).dataSync<'float32'>(); // (n)
    });
    values.forEach((value, i) => (sums[owners[start + i]!]! += value));
  }
  hidden.dispose();
  return sums;
}
