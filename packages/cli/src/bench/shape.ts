import { closestName, fail } from '@moslora/specs';
import { z } from 'zod';

const count = z.int().positive();

/** A LLaMA and a batch for it, as small as a measurement needs to know them. */
export const benchShapeSchema = z
  .strictObject({
    width: count.describe('D'),
    layers: count,
    heads: count.describe('H, for queries and keys alike'),
    inner: count.describe('F, inner width of the MLP'),
    vocab: count.describe('V'),
    batch: count.describe('B'),
    tokens: count.describe('T of each sample, every one with a label').min(2),
  })
  .refine(({ width, heads }) => width % heads === 0 && (width / heads) % 2 === 0, {
    error: 'the width has to be an even multiple of the heads',
  });
export type BenchShape = z.infer<typeof benchShapeSchema>;

/** Shapes by name. */
export const benchShapes: Record<string, BenchShape> = {
  small: { width: 288, layers: 6, heads: 6, inner: 768, vocab: 32000, batch: 4, tokens: 256 },
  medium: { width: 1024, layers: 8, heads: 16, inner: 2816, vocab: 32000, batch: 1, tokens: 512 },
  '7b-slice': { width: 4096, layers: 2, heads: 32, inner: 11008, vocab: 32000, batch: 1, tokens: 512 },
};

const spelling = 'W,L,H,F,V,BxT, such as 288,6,6,768,32000,4x256';

/** A shape by its name, or spelled `width,layers,heads,inner,vocab,batch x tokens`. @throws UserError */
export function parseShape(text: string, where = '--shape'): BenchShape {
  const named = benchShapes[text];
  if (named !== undefined) return named;
  const expected = `${Object.keys(benchShapes).join(', ')}, or ${spelling}`;
  const match = /^(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)x(\d+)$/.exec(text.replaceAll(' ', ''));
  if (match === null) {
    const near = closestName(text, Object.keys(benchShapes));
    return fail({ what: 'No such shape', where, got: text, expected, ...(near && { fix: `did you mean ${near}?` }) });
  }
  const [width, layers, heads, inner, vocab, batch, tokens] = match.slice(1).map(Number);
  const parsed = benchShapeSchema.safeParse({ width, layers, heads, inner, vocab, batch, tokens });
  if (parsed.success) return parsed.data;
  const what = 'A model of this shape cannot be made';
  return fail(
    parsed.error.issues.map(({ path, message }) => ({
      ...{ what, where, got: text },
      expected: path.length === 0 ? message : `${path.join('.')}: ${message}`,
    })),
  );
}

/** A shape as {@link parseShape} reads it. */
export function spellShape({ width, layers, heads, inner, vocab, batch, tokens }: BenchShape): string {
  return `${[width, layers, heads, inner, vocab].join(',')},${batch}x${tokens}`;
}

/** config.json of the model. */
export function llamaJson({ width, layers, heads, inner, vocab, tokens }: BenchShape): Record<string, unknown> {
  return {
    ...{ model_type: 'llama', hidden_size: width, intermediate_size: inner, num_hidden_layers: layers },
    ...{ num_attention_heads: heads, num_key_value_heads: heads, vocab_size: vocab, rms_norm_eps: 1e-5 },
    ...{ max_position_embeddings: Math.max(2048, tokens), rope_theta: 10000, tie_word_embeddings: false },
  };
}
