import { Rng, tf } from '@moslora/runtime';
import { attention } from '../attention/attention';
import { FrozenMatrix } from '../frozen-matrix/frozen-matrix';
import { loraLinear, type LoraFactors } from '../lora-linear/lora-linear';
import { rmsNorm } from '../rms-norm/rms-norm';
import { rope } from '../rope/rope';
import { swiglu } from '../swiglu/swiglu';

export interface LayerShape {
  batch: number;
  tokens: number;
  width: number;
  heads: number;
  keyHeads: number;
  headWidth: number;
  inner: number;
  rank: number;
}

interface Projection {
  weight: FrozenMatrix;
  factors: LoraFactors;
}

/** A LLaMA decoder layer with MoSLoRA beside all seven projections, random weights: what the benchmark measures. */
export class DecoderLayer {
  private readonly projections: Record<'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down', Projection>;
  private readonly norm: tf.Tensor1D;
  private readonly cos: tf.Tensor;
  private readonly sin: tf.Tensor;

  constructor(private readonly shape: LayerShape) {
    const { width, heads, keyHeads, headWidth, inner, rank, tokens } = shape;
    const rng = new Rng(1, 'benchmark');
    const normal = (rows: number, columns: number) =>
      tf.tensor2d(rng.normalArray(rows * columns, 0, 1 / Math.sqrt(columns)), [rows, columns]);
    const learning = (rows: number, columns: number) => tf.variable(normal(rows, columns)) as unknown as tf.Tensor2D;
    const projection = (outputs: number, inputs: number): Projection => ({
      weight: new FrozenMatrix(normal(outputs, inputs)),
      factors: { a: learning(rank, inputs), b: learning(outputs, rank), mixer: learning(rank, rank), scale: 2 },
    });
    this.projections = {
      q: projection(heads * headWidth, width),
      k: projection(keyHeads * headWidth, width),
      v: projection(keyHeads * headWidth, width),
      o: projection(width, heads * headWidth),
      gate: projection(inner, width),
      up: projection(inner, width),
      down: projection(width, inner),
    };
    this.norm = tf.ones([width]);
    const angles = tf.tensor2d(rng.normalArray((tokens * headWidth) / 2, 0, 3), [tokens, headWidth / 2]);
    this.cos = tf.tile(tf.cos(angles), [1, 2]);
    this.sin = tf.tile(tf.sin(angles), [1, 2]);
  }

  /** x (B T, D) -> (B T, D). */
  forward(x: tf.Tensor2D, mask: tf.Tensor4D): tf.Tensor2D {
    const { batch, tokens, heads, keyHeads, headWidth } = this.shape;
    const linear = (name: keyof typeof this.projections, input: tf.Tensor) =>
      loraLinear(input, this.projections[name].weight, this.projections[name].factors);
    const split = (y: tf.Tensor, count: number) =>
      tf.transpose(tf.reshape(y, [batch, tokens, count, headWidth]) as tf.Tensor4D, [0, 2, 1, 3]); // (B, H, T, K)
    const h = rmsNorm(x, this.norm, 1e-5);
    const q = rope(split(linear('q', h), heads), this.cos, this.sin);
    const k = rope(split(linear('k', h), keyHeads), this.cos, this.sin);
    const mixed = attention(q, k, split(linear('v', h), keyHeads), { mask, causal: true });
    const merged = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * tokens, heads * headWidth]);
    const attended = tf.add(x, linear('o', merged));
    const g = rmsNorm(attended, this.norm, 1e-5);
    return tf.add(attended, linear('down', swiglu(linear('gate', g), linear('up', g))));
  }

  learning(): tf.Tensor[] {
    return Object.values(this.projections).flatMap(({ factors: { a, b, mixer } }) => [a, b, mixer as tf.Tensor]);
  }

  /** Floating-point operations of all matrix products, forward and backward, without those of attention's mask and softmax. */
  matMulFlops(): number {
    const { batch, tokens, heads, headWidth, rank } = this.shape;
    const rows = batch * tokens;
    const linears = Object.values(this.projections).reduce(
      (
        sum,
        {
          weight: {
            shape: [outputs, inputs],
          },
        },
      ) => {
        return sum + 2 * rows * (2 * outputs * inputs + 3 * rank * (outputs + inputs + rank));
      },
      0,
    );
    return linears + 6 * 2 * batch * heads * tokens * tokens * headWidth;
  }
}
