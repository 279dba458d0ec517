import type { AttentionMarks } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import { checkMaskRequest, type MaskRequest } from './mask';

/** What the masks of `CausalMasks` say beside causality, as the fused op takes it; nothing where all is seen. */
export function attentionMarks(request: MaskRequest): AttentionMarks | undefined {
  checkMaskRequest(request);
  const { batch, tokens, seen, visible, branches } = request;
  if (!visible && !branches) return undefined;
  const own = (at: number): number => branches?.[at] ?? 0;
  const keys = Int32Array.from({ length: batch * seen }, (_, at) => (visible?.[at] === 0 ? -1 : own(at)));
  const marks = { keys: tf.tensor2d(keys, [batch, seen], 'int32') };
  if (!branches) return marks;
  return { ...marks, queries: tf.tensor2d(Int32Array.from(branches), [batch, tokens], 'int32') };
}
