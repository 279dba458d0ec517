import type { DecoderNames } from '@moslora/decoder';

/** Where LLaMA's files keep what stands outside the layers. */
export const llamaNames: DecoderNames = { embedding: 'embed_tokens', norm: 'norm', head: 'lm_head' };
