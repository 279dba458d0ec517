import type { BenchShape } from './shape';

export type BenchAdapter = 'lora' | 'moslora' | 'none';

/** Floating-point operations that a training step has to do, by what they are for. */
export interface StepFlops {
  /** Frozen projections: their products, and the gradients of their inputs. */
  base: number;
  adapters: number;
  attention: number;
  /** Logits and the gradient of the last hidden states. */
  head: number;
  total: number;
}

/** Outputs and inputs of a layer's projections; `first` for those that read the layer's input. */
function projections({ width: D, inner: F }: BenchShape): { out: number; in: number; first: boolean }[] {
  const linear = (out: number, width: number, first = false) => ({ out, in: width, first });
  const qkv = [linear(D, D, true), linear(D, D, true), linear(D, D, true)];
  return [...qkv, linear(D, D), linear(F, D), linear(F, D), linear(D, F)];
}

/**
 * What has to be computed for the next token of every prompt, counted as {@link stepFlops} counts. Of the last layer only the last token
 * of a prompt is wanted: keys and values of all, everything else of that one.
 */
export function prefillFlops(shape: BenchShape): number {
  const { width: D, inner: F, vocab, layers, batch, tokens } = shape;
  const before = stepFlops({ ...shape, layers: layers - 1 }, 'none', 0);
  const keysAndValues = 2 * batch * tokens * 2 * D * D;
  const lastTokens = 2 * batch * (2 * D * D + 3 * D * F + vocab * D);
  const lastAttention = 2 * batch * tokens * 2 * D;
  return before.base + before.attention + keysAndValues + lastTokens + lastAttention;
}

/**
 * What one step has to compute, a multiplication and an addition counting as two, in products alone (norms, softmax, activations and the
 * optimiser are left out, as is whatever is computed a second time). With N = B T rows, and n = B (T - 1) rows that have a label:
 *
 * - a frozen projection (out, in): 2 N out in forward, and as much for the gradient of its input, except for q, k and v of the first
 *   layer, before which nothing learns. No gradient of its weight;
 * - its adapter of rank r: the products x Aᵀ (N r in), · Mᵀ (N r r, only MoSLoRA) and · Bᵀ (N out r), each once forward and twice
 *   backward (its weight, its input), but for the gradient of x there;
 * - attention, causal: the T (T + 1) / 2 pairs that see each other: q kᵀ and p v forward, four such products backward;
 * - the head (V, D): 2 n V D forward, and the same for the gradient of the hidden states.
 *
 * Without an adapter nothing learns: the step is the forward pass.
 */
export function stepFlops(shape: BenchShape, adapter: BenchAdapter, rank: number): StepFlops {
  const { width, layers, vocab, batch, tokens } = shape;
  const learns = adapter !== 'none';
  const rows = batch * tokens;
  const all = Array.from({ length: layers }, (_, layer) =>
    projections(shape).map((each) => ({ ...each, inputGradient: learns && !(layer === 0 && each.first) })),
  ).flat();
  const sum = (terms: number[]): number => terms.reduce((total, term) => total + term, 0);

  const base = sum(all.map((each) => 2 * rows * each.out * each.in * (each.inputGradient ? 2 : 1)));
  const adapters = !learns
    ? 0
    : sum(
        all.map((each) => {
          const mixer = adapter === 'moslora' ? rank * rank : 0;
          const thrice = 3 * (rank * each.in + mixer + each.out * rank) - (each.inputGradient ? 0 : rank * each.in);
          return 2 * rows * thrice;
        }),
      );
  const pairs = (batch * tokens * (tokens + 1)) / 2;
  const attention = layers * 2 * pairs * width * (learns ? 6 : 2);
  const head = 2 * batch * (tokens - 1) * vocab * width * (learns ? 2 : 1);
  return { base, adapters, attention, head, total: base + adapters + attention + head };
}
