import { attention, fusedAttention, hasKernel } from '@moslora/kernels';
import type { Linear, LinearSlot } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { activations, type Activation } from './activations';
import type { Norm, TensorTable } from './tensor-table';

type LinearRole = 'query' | 'key' | 'value' | 'out' | 'fc1' | 'fc2';
type LayerNames = Record<LinearRole | 'norm1' | 'norm2', string>;

export interface EncoderShape {
  heads: number;
  layerNormEps: number;
  activation: Activation;
  /** Whether token t sees only tokens up to t (text towers). */
  causal: boolean;
}

/** A pre-norm transformer layer: `x += out(attention(norm1(x)))`, then `x += fc2(act(fc1(norm2(x))))`. */
export class EncoderLayer {
  private readonly norm1: Norm;
  private readonly norm2: Norm;
  private readonly linears: Record<LinearRole, Linear>;
  private readonly activation: (x: tf.Tensor2D) => tf.Tensor2D;

  constructor(
    private readonly table: TensorTable,
    private readonly names: LayerNames,
    private readonly shape: EncoderShape,
  ) {
    this.norm1 = table.norm(names.norm1, shape.layerNormEps);
    this.norm2 = table.norm(names.norm2, shape.layerNormEps);
    const linear = (role: LinearRole): Linear => table.linear(names[role]);
    this.linears = {
      query: linear('query'),
      key: linear('key'),
      value: linear('value'),
      out: linear('out'),
      fc1: linear('fc1'),
      fc2: linear('fc2'),
    };
    this.activation = activations[shape.activation];
  }

  /** x (B*T, D) of B sequences → (B*T, D) */
  forward(x: tf.Tensor2D, batch: number): tf.Tensor2D {
    const { query, key, value, out, fc1, fc2 } = this.linears;
    const normed = this.norm1(x);
    const merged = this.attend(query.apply(normed), key.apply(normed), value.apply(normed), batch); // (B*T, D)
    const attended = tf.add(x, out.apply(merged)) as tf.Tensor2D;
    const inner = this.activation(fc1.apply(this.norm2(attended)) as tf.Tensor2D); // (B*T, F)
    return tf.add(attended, fc2.apply(inner)) as tf.Tensor2D;
  }

  /** (B*T, D) each → (B*T, D) */
  private attend(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, batch: number): tf.Tensor {
    const { heads, causal } = this.shape;
    if (hasKernel('MosloraAttention'))
      return fusedAttention({ query, key, value }, { batch, heads, kvHeads: heads, causal });
    const [rows, width] = query.shape as [number, number];
    const split = (y: tf.Tensor): tf.Tensor4D =>
      tf.transpose(tf.reshape(y, [batch, rows / batch, heads, width / heads]), [0, 2, 1, 3]); // (B, H, T, K)
    const mixed = attention(split(query), split(key), split(value), { causal });
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows, width]);
  }

  /** What learns in this layer. */
  variables(): tf.Variable[] {
    const { norm1, norm2 } = this.names;
    const norms = [norm1, norm2].flatMap((name) =>
      [`${name}.weight`, `${name}.bias`].map((each) => this.table.get(each)),
    );
    const inLinears = Object.values(this.linears).flatMap((linear) => linear.parameters().map(({ value }) => value));
    return [...norms.filter((norm) => norm instanceof tf.Variable), ...inLinears];
  }

  /** The projections an adapter can take the place of, under `prefix` + their published names. */
  slots(prefix: string): LinearSlot[] {
    return (Object.keys(this.linears) as LinearRole[]).map((role) => ({
      name: prefix + this.names[role],
      get: () => this.linears[role],
      set: (linear) => {
        this.linears[role] = linear;
      },
    }));
  }
}
