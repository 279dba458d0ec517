import type { TokenTable } from '@moslora/decoder';
import { embedding, gatherRows } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';

/** Where each position of a batch takes its embedding from, worked out on the host before any tensor is touched. */
export interface MergePlan {
  /** Ids of the text positions, in reading order. */
  textIds: Int32Array;
  /** For each of the (B*T) positions, its row in [text embeddings; patches]. */
  rows: Int32Array;
  /** For each patch, in reading order, its position in (B*T). */
  patchPositions: Int32Array;
}

/**
 * Plans the merge of ids (B*T) in which each picture position is -200 or `imageTokenId`.
 * @throws UserError when the picture positions are not as many as the patches, or an id is not in the vocabulary
 */
export function planMerge(
  inputIds: Int32Array,
  patches: number,
  { imageTokenId, vocabSize }: { imageTokenId: number | undefined; vocabSize: number },
): MergePlan {
  const isPatch = (id: number): boolean => id === IMAGE_TOKEN_INDEX || id === imageTokenId;
  const patchPositions = new Int32Array(inputIds.reduce((count, id) => count + (isPatch(id) ? 1 : 0), 0));
  const textIds = new Int32Array(inputIds.length - patchPositions.length);
  if (patchPositions.length !== patches) {
    fail({
      what: 'Pictures and their places do not match',
      got: `${patchPositions.length} picture positions in the ids`,
      expected: `${patches}, one per patch feature`,
    });
  }
  const rows = new Int32Array(inputIds.length);
  let text = 0;
  let patch = 0;
  inputIds.forEach((id, position) => {
    if (isPatch(id)) {
      patchPositions[patch] = position;
      rows[position] = textIds.length + patch++;
      return;
    }
    if (id < 0 || id >= vocabSize)
      fail({
        what: 'A token id is not in the vocabulary',
        where: `position ${position} of the batch`,
        got: String(id),
        expected: `0 to ${vocabSize - 1}`,
      });
    textIds[text] = id;
    rows[position] = text++;
  });
  return { textIds, rows, patchPositions };
}

/**
 * Token embeddings with the patches in their places.
 * @param table embeddings (V, D)
 * @param patches projected features (I*N, D); with a frozen table the gradient goes to them alone, one gather
 * @returns (B*T, D)
 */
export function mergeRows(
  table: Pick<TokenTable, 'rows' | 'learns'>,
  plan: MergePlan,
  patches: tf.Tensor2D | undefined,
): tf.Tensor2D {
  const text = table.rows(plan.textIds); // (n, D)
  if (!patches) return text;
  if (table.learns) return gatherRows(tf.concat([text, patches], 0), tf.tensor1d(plan.rows, 'int32')) as tf.Tensor2D;
  const merge = tf.customGrad((input) => {
    const value = embedding(tf.concat([text, input as tf.Tensor2D], 0), tf.tensor1d(plan.rows, 'int32')); // (B*T, D)
    const gradFunc = (dy: tf.Tensor): tf.Tensor =>
      embedding(dy as tf.Tensor2D, tf.tensor1d(plan.patchPositions, 'int32')); // (I*N, D)
    return { value, gradFunc };
  });
  return merge(patches) as tf.Tensor2D;
}
