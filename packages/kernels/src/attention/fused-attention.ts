import { tf } from '@moslora/runtime';
import { customOp, lastSize } from '../custom-op';
import { DT } from '../execution/binding';
import { currentCompute } from '../execution/compute';
import { full, runKernel, working, type KernelAttributes, type KernelType } from '../execution/kernel-op';

/**
 * Queries (B*T, H*K), keys and values (B*S, H'*K) as their projections give them: one matrix with the columns of all three,
 * or three. Axes may be split further, as (B, T, H, K).
 */
export type HeadColumns = tf.Tensor | { query: tf.Tensor; key: tf.Tensor; value: tf.Tensor };

export interface FusedAttentionOptions {
  /** B */
  batch: number;
  /** H */
  heads: number;
  /** H', a divisor of H: head h uses key head ⌊h H' / H⌋. */
  kvHeads: number;
  /**
   * How the columns of one matrix stand: all queries, keys, values (`separate`); or for each key head its H / H' queries, its key, its
   * value (`grouped`).
   */
  layout?: 'separate' | 'grouped';
  /** cos and sin, (T, K), or (B, T, K) where samples differ: queries are rotated, and keys where S = T; see `rope`. */
  tables?: { cos: tf.Tensor; sin: tf.Tensor } | undefined;
  /** Whether a query sees only keys at or before it, the queries being the last of the keys' positions; default false. */
  causal?: boolean;
  marks?: AttentionMarks | undefined;
  /** Factor of the scores; default 1 / √K. */
  scale?: number | undefined;
}

/** Which keys can be seen, int32; without it all. */
export interface AttentionMarks {
  /** (B, S): below 0 seen by no query, 0 by all, k > 0 by the queries marked k, or by all where those have no marks. */
  keys: tf.Tensor;
  /** (B, T) */
  queries?: tf.Tensor;
}

/**
 * softmax(scale q kᵀ) v over the keys that each query sees, with q and k rotated: (B*T, H*K), as one op of ours that keeps no scores
 * (Dao et al. 2022): memory is linear in T and S. A query that sees no key gives 0. In bfloat16 the factors of products are rounded,
 * softmax and sums are float32. With p the weights and g = ∂L/∂y: ∂v = pᵀg, ∂s = p (g vᵀ - Σ g y), ∂q = scale ∂s k, ∂k = scale ∂sᵀ q,
 * rotated back; p is made again from the saved logarithm of its sum. It saves its inputs and the output in the products' type, and
 * one float32 per query and head. Needs `hasKernel('MosloraAttention')`; throws with the op's name and the shapes where those do not fit.
 */
export function fusedAttention(columns: HeadColumns, options: FusedAttentionOptions): tf.Tensor2D {
  const given = matrices(columns, options);
  return customOp(given, (save) => {
    const compute = currentCompute();
    const type: KernelType = compute.precision === 'bfloat16' ? DT.bfloat16 : DT.float32;
    const entered = given.map((x) => compute.enter(x));
    const described = describing(options);
    const attributes = attributesOf(options, given, type);
    const [y, lse] = runKernel(
      'MosloraAttention',
      attributes,
      [...entered.map((x) => working(x, type)), ...described.map(full)],
      2,
    ) as [tf.Tensor2D, tf.Tensor];
    save([...entered, y, lse, ...described]);
    return {
      value: y,
      gradient: (dy, saved) => {
        const heads = saved.slice(0, given.length);
        const [y, lse, ...described] = saved.slice(given.length) as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        const inputs = [working(dy, type), working(y, type), full(lse), ...heads.map((x) => working(x, type))];
        return runKernel('MosloraAttentionGradient', attributes, [...inputs, ...described.map(full)], given.length);
      },
    };
  });
}

/** The small arrays beside the heads, in the ops' order. */
export function describing({ tables, marks }: FusedAttentionOptions): tf.Tensor[] {
  return [tables?.cos, tables?.sin, marks?.keys, marks?.queries].filter((x) => x !== undefined);
}

/** The arrays of heads as matrices, (B*T, H*K) or (B*T, (H + 2 H') K). */
export function matrices(columns: HeadColumns, { batch, heads, kvHeads }: FusedAttentionOptions): tf.Tensor2D[] {
  if (columns instanceof tf.Tensor) return [asMatrix(columns, lastSize(columns))];
  const { query, key, value } = columns;
  const width = query.size / (batch * heads * tokensOf(query, batch));
  return [asMatrix(query, heads * width), asMatrix(key, kvHeads * width), asMatrix(value, kvHeads * width)];
}

/** T of (B*T, …) or (B, T, …). */
const tokensOf = (x: tf.Tensor, batch: number): number =>
  x.rank === 2 ? (x.shape[0] as number) / batch : (x.shape[1] as number);

const asMatrix = (x: tf.Tensor, width: number): tf.Tensor2D =>
  (x.rank === 2 ? x : tf.reshape(x, [-1, width])) as tf.Tensor2D;

/** What the ops are told about arrays and options. */
export function attributesOf(
  { batch, heads, kvHeads, layout, tables, causal, marks, scale }: FusedAttentionOptions,
  given: readonly tf.Tensor2D[],
  type: KernelType,
): KernelAttributes {
  const [query, key] = given as [tf.Tensor2D, tf.Tensor2D?];
  const width = query.shape[1] / (key === undefined ? heads + 2 * kvHeads : heads);
  return {
    T: { type },
    N: given.length,
    R: tables ? 2 : 0,
    M: marks ? (marks.queries ? 2 : 1) : 0,
    batch,
    heads,
    kv_heads: kvHeads,
    grouped: layout === 'grouped',
    causal: causal ?? false,
    rotate_keys: tables !== undefined && (key === undefined || key.shape[0] === query.shape[0]),
    scale: { float: scale ?? 1 / Math.sqrt(width) },
  };
}
