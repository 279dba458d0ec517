import type { DecoderNames } from '@moslora/decoder';

/** Where InternLM2's files keep what stands outside the layers. Its head is adapted as any other projection (see `all-linear`). */
export const internlm2Names: DecoderNames = { embedding: 'tok_embeddings', norm: 'norm', head: 'output' };
