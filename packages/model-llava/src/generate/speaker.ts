import type { Decoder } from '@moslora/decoder';
import { tf } from '@moslora/runtime';
import type { Pictures } from '../llava-model';
import { mergeRows, planMerge } from '../merge';

/** What generation needs of a model: a LLaVA, or a language model (see {@link textSpeaker}). */
export interface Speaker {
  decoder: Decoder;
  /** Token embeddings with projected patches in their places: ids (B, T) row-major → (B, T, D) */
  embed(inputIds: Int32Array, batch: number, pictures: Pictures): tf.Tensor3D;
  /** pixels (I, 3, S, S) → (I, N, Dv) */
  features(pixels: tf.Tensor4D): tf.Tensor3D;
  /** An id of the vocabulary that also stands for a picture in prompts, beside -200. */
  readonly imageTokenId?: number | undefined;
}

/** A language model that sees no pictures. */
export function textSpeaker(decoder: Decoder): Speaker {
  const { vocabSize, hiddenSize } = decoder.config;
  return {
    decoder,
    embed: (ids, batch) => {
      const plan = planMerge(ids, 0, { imageTokenId: undefined, vocabSize });
      return tf.reshape(mergeRows(decoder.table, plan, undefined), [batch, -1, hiddenSize]) as tf.Tensor3D;
    },
    features: () => {
      throw new Error('a language model takes no pictures');
    },
  };
}
