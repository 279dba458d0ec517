import { gatherRows, rmsNorm, swiglu } from '@moslora/kernels';
import type { Linear, LinearSlot, Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { attend, type Pass } from '../attention/attend';
import { normedHeads, splitHeads, type Columns } from '../attention/heads';
import type { DecoderConfig } from '../config/decoder-config';
import { linearSlot } from './linear-slot';
import { layerLinears, type LayerPlan, type LinearPlan } from './plan';

/** A layer's RMS norm weights: (D) each, (K) for those of the heads. */
export interface LayerNorms {
  attention: tf.Tensor1D;
  mlp: tf.Tensor1D;
  heads?: { query: tf.Tensor1D; key: tf.Tensor1D };
}

/** One decoder layer as its plan says: `x += attention(norm(x))`, then `x += down(silu(gate(h)) * up(h))` with `h = norm(x)`. */
export class DecoderBlock {
  private readonly slotOf: Map<string, LinearSlot>;

  constructor(
    private readonly config: DecoderConfig,
    private readonly plan: LayerPlan,
    private readonly index: number,
    private readonly norms: LayerNorms,
    /** Full path of the layer, such as `model.layers.0`. */
    path: string,
    /** By name in the plan. */
    linears: ReadonlyMap<string, Linear>,
  ) {
    const slots = layerLinears(plan).map(
      ({ name }) => [name, linearSlot(`${path}.${name}`, linears.get(name) as Linear)] as const,
    );
    this.slotOf = new Map(slots);
  }

  /** x (B*T, D) → (B*T, D), or (n, D) for the chosen rows: those attend to all, but only they go on. */
  forward(x: tf.Tensor2D, pass: Pass, chosen?: Int32Array): tf.Tensor2D {
    const rows = chosen && tf.tensor1d(chosen, 'int32');
    const { rmsNormEps } = this.config;
    const { attention, mlp } = this.plan;
    const columns = this.columns(rmsNorm(x, this.norms.attention, rmsNormEps) as tf.Tensor2D, pass.batch);
    const mixed = attend(columns, this.config, this.linear(attention.out), this.index, pass, rows);
    const attended = tf.add(rows ? (gatherRows(x, rows) as tf.Tensor2D) : x, mixed) as tf.Tensor2D;
    const normed = rmsNorm(attended, this.norms.mlp, rmsNormEps) as tf.Tensor2D;
    const inner = swiglu(this.linear(mlp.gate).apply(normed), this.linear(mlp.up).apply(normed)); // (B*T, F)
    return tf.add(attended, this.linear(mlp.down).apply(inner)) as tf.Tensor2D;
  }

  slots(): LinearSlot[] {
    return [...this.slotOf.values()];
  }

  /** What learns in this layer: whatever stands in its slots. */
  parameters(): Parameter[] {
    return this.slots().flatMap((slot) => slot.get().parameters());
  }

  dispose(): void {
    for (const slot of this.slots()) slot.get().dispose();
    const { attention, mlp, heads } = this.norms;
    tf.dispose([attention, mlp, heads?.query, heads?.key]);
  }

  private columns(x: tf.Tensor2D, batch: number): Columns {
    const { norms, config } = this;
    const columns = this.projected(x);
    if (!norms.heads) return columns;
    return { ...columns, heads: normedHeads(splitHeads(columns, config, batch), norms.heads, config.rmsNormEps) };
  }

  private projected(x: tf.Tensor2D): Columns {
    const { attention } = this.plan;
    if (attention.kind === 'grouped') return { heads: this.linear(attention.fused).apply(x), layout: 'grouped' };
    const [query, key, value] = [attention.query, attention.key, attention.value].map((plan) =>
      this.linear(plan).apply(x),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { heads: { query, key, value }, layout: 'separate' };
  }

  private linear({ name }: LinearPlan): Linear {
    return (this.slotOf.get(name) as LinearSlot).get();
  }
}
