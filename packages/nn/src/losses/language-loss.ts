import { crossEntropy, gatherRows } from '@moslora/kernels';
import { tf } from '@moslora/runtime';

/** The label of a position that is not learned from. */
export const IGNORED_LABEL = -100;

export interface LabelledRows {
  /** Positions b T + t whose next token is a label. */
  rows: Int32Array;
  /** That next token. */
  targets: Int32Array;
}

/** The positions that predict a label: labels (B, T) row-major, {@link IGNORED_LABEL} where there is none. */
export function labelledRows(labels: ArrayLike<number>, tokens: number): LabelledRows {
  const rows: number[] = [];
  const targets: number[] = [];
  for (let i = 0; i + 1 < labels.length; i++) {
    const next = labels[i + 1] as number;
    if ((i + 1) % tokens === 0 || next === IGNORED_LABEL) continue;
    rows.push(i);
    targets.push(next);
  }
  return { rows: Int32Array.from(rows), targets: Int32Array.from(targets) };
}

/**
 * The SUM over label tokens of the next-token cross-entropy: hidden (B T, D), labels (B, T) row-major. The head sees only the n
 * positions that predict a label, so that logits of others are never made.
 */
export function languageLoss(
  hidden: tf.Tensor2D,
  labels: ArrayLike<number>,
  tokens: number,
  head: (rows: tf.Tensor2D) => tf.Tensor2D,
): { loss: tf.Scalar; tokens: number } {
  const { rows, targets } = labelledRows(labels, tokens);
  if (rows.length === 0) return { loss: tf.mul(tf.sum(hidden), 0) as tf.Scalar, tokens: 0 };
  const logits = head(gatherRows(hidden, tf.tensor1d(rows, 'int32')) as tf.Tensor2D); // (n, V)
  return { loss: crossEntropy(logits, tf.tensor1d(targets, 'int32')), tokens: rows.length };
}
