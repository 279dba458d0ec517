import { gatherRows, jointSwiglu, rmsNorm, swiglu, withoutGradient } from '@moslora/kernels';
import { jointly, type Linear, type LinearSlot, type Parameter } from '@moslora/nn';
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

export interface BlockOptions {
  /** Rows of (B*T), ascending and each once, that alone go on. */
  chosen?: Int32Array | undefined;
  /** false where nothing before x learns. */
  inputGradient?: boolean;
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
    private readonly path: string,
    /** By name in the plan. */
    linears: ReadonlyMap<string, Linear>,
  ) {
    const slots = layerLinears(plan).map(
      ({ name }) => [name, linearSlot(`${path}.${name}`, linears.get(name) as Linear)] as const,
    );
    this.slotOf = new Map(slots);
  }

  /** x (B*T, D) → (B*T, D), or (n, D) for the chosen rows: those attend to all, but only they go on. */
  forward(x: tf.Tensor2D, pass: Pass, { chosen, inputGradient = true }: BlockOptions = {}): tf.Tensor2D {
    const rows = chosen && tf.tensor1d(chosen, 'int32');
    const { rmsNormEps } = this.config;
    const { attention, mlp } = this.plan;
    const norm = () => rmsNorm(x, this.norms.attention, rmsNormEps) as tf.Tensor2D;
    const normed = inputGradient || this.norms.attention instanceof tf.Variable ? norm() : withoutGradient(norm);
    const columns = this.columns(normed, pass.batch, inputGradient);
    const mixed = attend(columns, this.config, this.index, pass, rows); // (B*T, H*K)
    const attended = this.added(
      rows ? (gatherRows(x, rows, { distinct: true }) as tf.Tensor2D) : x,
      attention.out,
      mixed,
    );
    const inner = this.gated(rmsNorm(attended, this.norms.mlp, rmsNormEps) as tf.Tensor2D); // (B*T, F)
    return this.added(attended, mlp.down, inner);
  }

  /** silu(gate(x)) up(x): (B*T, D) → (B*T, F) */
  private gated(x: tf.Tensor2D): tf.Tensor2D {
    const { mlp } = this.plan;
    const [gate, up] = [this.linear(mlp.gate), this.linear(mlp.up)];
    const joint = jointly([gate, up], x); // (B*T, 2 F)
    return (joint ? jointSwiglu(joint) : swiglu(gate.apply(x), up.apply(x))) as tf.Tensor2D;
  }

  /** residual + linear(x). */
  private added(residual: tf.Tensor2D, plan: LinearPlan, x: tf.Tensor2D): tf.Tensor2D {
    const linear = this.linear(plan);
    return jointly([linear], x, { residual }) ?? (tf.add(residual, linear.apply(x)) as tf.Tensor2D);
  }

  slots(): LinearSlot[] {
    return [...this.slotOf.values()];
  }

  /** What learns in this layer: whatever stands in its slots, and its norms where they do. */
  parameters(): Parameter[] {
    const inSlots = this.slots().flatMap((slot) => slot.get().parameters());
    const { attention, mlp, heads } = this.norms;
    const { attentionNorm, mlpNorm, headNorms } = this.plan;
    const norms: [string | undefined, tf.Tensor | undefined][] = [
      [attentionNorm, attention],
      [mlpNorm, mlp],
      [headNorms?.query, heads?.query],
      [headNorms?.key, heads?.key],
    ];
    const learning = norms.flatMap(([name, value]): Parameter[] =>
      value instanceof tf.Variable ? [{ name: `${this.path}.${name}.weight`, value, group: 'decoder' }] : [],
    );
    return [...learning, ...inSlots];
  }

  dispose(): void {
    for (const slot of this.slots()) slot.get().dispose();
    const { attention, mlp, heads } = this.norms;
    tf.dispose([attention, mlp, heads?.query, heads?.key]);
  }

  private columns(x: tf.Tensor2D, batch: number, inputGradient: boolean): Columns {
    const { norms, config } = this;
    if (!norms.heads) return this.jointColumns(x, inputGradient) ?? this.projected(x);
    const columns = this.projected(x);
    return { ...columns, heads: normedHeads(splitHeads(columns, config, batch), norms.heads, config.rmsNormEps) };
  }

  /** Queries, keys and values from one fused product. */
  private jointColumns(x: tf.Tensor2D, inputGradient: boolean): Columns | undefined {
    const { attention } = this.plan;
    const plans = attention.kind === 'grouped' ? [attention.fused] : [attention.query, attention.key, attention.value];
    const heads = jointly(
      plans.map((plan) => this.linear(plan)),
      x,
      { inputGradient },
    );
    return heads && { heads, layout: attention.kind };
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
