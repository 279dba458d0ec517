import type { KvCache } from '@moslora/decoder';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';
import type { LlavaModel, Pictures } from './llava-model';

export interface GenerateOptions {
  maxNewTokens: number;
  /** Ids that end an answer; they are part of it. */
  stop?: readonly number[];
  /** An id of the vocabulary that also stands for a picture, beside -200. */
  imageTokenId?: number;
}

/** Prompts padded on the left to one length, with what tells padding from prompt. */
export interface LeftPadded {
  /** (B, T) row-major */
  ids: Int32Array;
  /** (B, T): 1 where there is a prompt. */
  visible: Int32Array;
  /** (B, T): counted from each prompt's first token. */
  positions: Int32Array;
  /** T */
  length: number;
}

/** Pads prompts on the left with id 0, so that all end at the same column. */
export function padLeft(prompts: readonly (readonly number[])[]): LeftPadded {
  const length = Math.max(...prompts.map((prompt) => prompt.length));
  const ids = new Int32Array(prompts.length * length);
  const visible = new Int32Array(prompts.length * length);
  const positions = new Int32Array(prompts.length * length);
  prompts.forEach((prompt, b) => {
    const start = b * length + length - prompt.length;
    ids.set(prompt, start);
    visible.fill(1, start, start + prompt.length);
    for (let t = 0; t < prompt.length; t += 1) positions[start + t] = t;
  });
  return { ids, visible, positions, length };
}

/**
 * Greedy answers to several prompts at once: the prompts go through the decoder padded on the left, then one token of each a step
 * against cached keys and values, until every row has met a stop id or `maxNewTokens`.
 * @param prompts ids with one -200 per picture, or one per patch
 * @param pictures all prompts' pictures in reading order
 * @returns the new ids of each prompt, its stop id included
 */
export async function generate(
  model: LlavaModel,
  prompts: readonly (readonly number[])[],
  pictures: Pictures,
  options: GenerateOptions,
): Promise<number[][]> {
  if (prompts.length === 0) return [];
  const count = prompts.length;
  const features = pictures.features ?? (pictures.pixels && model.features(pictures.pixels));
  const { ids, visible, positions, length } = padLeft(widen(prompts, features, options.imageTokenId));
  const { decoder } = model;
  const cache = decoder.newCache();
  const answers: number[][] = prompts.map(() => []);
  const stop = new Set(options.stop ?? []);
  const done = prompts.map(() => false);
  const padded = visible.includes(0);
  try {
    let next = greedy(() => {
      const x = model.embed(ids, count, { features });
      const last = Int32Array.from({ length: count }, (_, b) => (b + 1) * length - 1);
      return decoder.logits(decoder.forwardRows(x, last, { cache, ...(padded ? { visible, positions } : {}) }));
    });
    for (let step = 0; ; step += 1) {
      const chosen = await next.data();
      next.dispose();
      answers.forEach((answer, b) => {
        if (done[b]) return;
        answer.push(chosen[b]!);
        done[b] = stop.has(chosen[b]!);
      });
      if (step + 1 >= options.maxNewTokens || done.every(Boolean)) return answers;
      next = greedy(() => stepLogits(model, chosen as Int32Array, cache, { visible, positions, length, padded, step }));
    }
  } finally {
    cache.dispose();
    if (features && features !== pictures.features) features.dispose();
  }
}

/** One more token of each row through the decoder. */
function stepLogits(
  { decoder }: LlavaModel,
  chosen: Int32Array,
  cache: KvCache,
  { visible, positions, length, padded, step }: Omit<LeftPadded, 'ids'> & { padded: boolean; step: number },
): tf.Tensor2D {
  const count = chosen.length;
  const x = decoder.embed(tf.tensor2d(chosen, [count, 1], 'int32'));
  const rows = Int32Array.from({ length: count }, (_, b) => b);
  if (!padded) return decoder.logits(decoder.forwardRows(x, rows, { cache }));
  const seen = length + step + 1;
  const longer = new Int32Array(count * seen).fill(1); // (B, S)
  for (let b = 0; b < count; b += 1) longer.set(visible.subarray(b * length, (b + 1) * length), b * seen);
  const here = Int32Array.from({ length: count }, (_, b) => positions[(b + 1) * length - 1]! + step + 1);
  return decoder.logits(decoder.forwardRows(x, rows, { cache, visible: longer, positions: here }));
}

function greedy(logits: () => tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.argMax(logits(), 1));
}

/** Prompts with every picture slot as wide as its features. */
function widen(
  prompts: readonly (readonly number[])[],
  features: tf.Tensor3D | undefined,
  imageTokenId: number | undefined,
): number[][] {
  const [pictures, patches] = features ? features.shape : [0, 0];
  const isSlot = (id: number): boolean => id === IMAGE_TOKEN_INDEX || id === imageTokenId;
  const slots = prompts.reduce((sum, prompt) => sum + prompt.filter(isSlot).length, 0);
  if (slots === pictures * patches) return prompts.map((prompt) => [...prompt]);
  if (slots !== pictures) {
    fail({
      what: 'Pictures and their places do not match',
      got: `${slots} picture slots in the prompts`,
      expected: `${pictures}, one per picture, or ${pictures * patches}, one per patch`,
    });
  }
  return prompts.map((prompt) =>
    prompt.flatMap((id) => (isSlot(id) ? new Array<number>(patches).fill(IMAGE_TOKEN_INDEX) : [id])),
  );
}
