import { gatherRows, rmsNorm, swiglu } from '@moslora/kernels';
import type { Linear, LinearSlot, Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { attend, type Pass } from './attention';
import type { LlamaConfig } from './config';

export const linearNames = [
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'mlp.gate_proj',
  'mlp.up_proj',
  'mlp.down_proj',
] as const;
export type LinearName = (typeof linearNames)[number];

/** One decoder layer: `x += attention(norm(x))`, then `x += down(silu(gate(h)) * up(h))` with `h = norm(x)`. */
export class LlamaBlock {
  private readonly slotOf: Record<LinearName, LinearSlot>;

  constructor(
    private readonly config: LlamaConfig,
    private readonly index: number,
    /** Full path of the layer, such as `model.layers.0`. */
    path: string,
    private readonly norms: { input: tf.Tensor1D; postAttention: tf.Tensor1D },
    linears: Record<LinearName, Linear>,
  ) {
    const slot = (name: LinearName): [LinearName, LinearSlot] => [name, slotFor(linears, name, path)];
    this.slotOf = Object.fromEntries(linearNames.map(slot)) as Record<LinearName, LinearSlot>;
  }

  /** x (B*T, D) → (B*T, D), or (n, D) for the chosen rows: those attend to all, but only they go on. */
  forward(x: tf.Tensor2D, pass: Pass, chosen?: Int32Array): tf.Tensor2D {
    const rows = chosen && tf.tensor1d(chosen, 'int32');
    const { rmsNormEps } = this.config;
    const slots = this.slotOf;
    const linear = (name: LinearName): Linear => slots[name].get();
    const projections = {
      q: slots['self_attn.q_proj'],
      k: slots['self_attn.k_proj'],
      v: slots['self_attn.v_proj'],
      o: slots['self_attn.o_proj'],
    };
    const mixed = attend(
      rmsNorm(x, this.norms.input, rmsNormEps) as tf.Tensor2D,
      projections,
      this.config,
      this.index,
      pass,
      rows,
    );
    const attended = tf.add(rows ? (gatherRows(x, rows) as tf.Tensor2D) : x, mixed) as tf.Tensor2D;
    const normed = rmsNorm(attended, this.norms.postAttention, rmsNormEps) as tf.Tensor2D;
    const inner = swiglu(linear('mlp.gate_proj').apply(normed), linear('mlp.up_proj').apply(normed)); // (B*T, F)
    return tf.add(attended, linear('mlp.down_proj').apply(inner)) as tf.Tensor2D;
  }

  slots(): LinearSlot[] {
    return linearNames.map((name) => this.slotOf[name]);
  }

  /** What learns in this layer: whatever stands in its slots. */
  parameters(): Parameter[] {
    return this.slots().flatMap((slot) => slot.get().parameters());
  }

  dispose(): void {
    for (const slot of this.slots()) slot.get().dispose();
    this.norms.input.dispose();
    this.norms.postAttention.dispose();
  }
}

function slotFor(linears: Record<LinearName, Linear>, name: LinearName, path: string): LinearSlot {
  return {
    name: `${path}.${name}`,
    get: () => linears[name],
    set: (linear) => {
      linears[name] = linear;
    },
  };
}
