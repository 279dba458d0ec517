import type { DecoderNames } from '@moslora/decoder';

/** Where Qwen's files keep what stands outside the layers. */
export const qwenNames: DecoderNames = { embedding: 'embed_tokens', norm: 'norm', head: 'lm_head' };
