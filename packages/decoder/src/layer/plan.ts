/** A linear layer by its name within the decoder layer. */
export interface LinearPlan {
  /** Such as `self_attn.q_proj`. */
  name: string;
  out: number;
  in: number;
  bias: boolean;
}

/** Where a layer's queries, keys and values come from. */
export type AttentionPlan =
  /** A projection for each. */
  | { kind: 'separate'; query: LinearPlan; key: LinearPlan; value: LinearPlan; out: LinearPlan }
  /** One projection, its outputs grouped by key head: H / Hkv queries, the key, the value. */
  | { kind: 'grouped'; fused: LinearPlan; out: LinearPlan };

/** What a decoder layer is made of, by published name: `x += attention(norm(x))`, then `x += down(silu(gate(h)) * up(h))`. */
export interface LayerPlan {
  /** RMS norm before attention. */
  attentionNorm: string;
  attention: AttentionPlan;
  /** RMS norms over each head's queries and keys, where the family has them. */
  headNorms?: { query: string; key: string };
  /** RMS norm before the MLP. */
  mlpNorm: string;
  mlp: { gate: LinearPlan; up: LinearPlan; down: LinearPlan };
}

/** A layer's projections in the order they are applied. */
export function layerLinears({ attention, mlp }: LayerPlan): LinearPlan[] {
  const inputs = attention.kind === 'grouped' ? [attention.fused] : [attention.query, attention.key, attention.value];
  return [...inputs, attention.out, mlp.gate, mlp.up, mlp.down];
}

/** What a linear layer of a plan is made from: `linear('mlp.up_proj', { out: F, in: D })`. */
export function linear(name: string, shape: { out: number; in: number; bias?: boolean }): LinearPlan {
  return { name, bias: false, ...shape };
}
