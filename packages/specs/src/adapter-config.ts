import { z } from 'zod';

/** Why there is no zero start: ∂M and ∂A carry a factor B, ∂B a factor M. */
export const zeroMixerReason =
  'A mixer that starts at zero never learns: with B = 0 too, the gradients of A, M and B are 0 for ever';

export const mixerInit = z
  .string()
  .refine((name) => name !== 'zero', zeroMixerReason)
  .pipe(z.enum(['kaiming', 'orthogonal', 'identity', 'butterfly', 'gaussian']))
  .describe('how the r x r mixer starts; zero is refused: with B = 0 it would leave every gradient 0 for ever');

const common = {
  rank: z.int().positive().default(64).describe('r, the inner width of the adapter'),
  alpha: z.number().positive().default(128).describe('lora_alpha; the scale is alpha / rank'),
  dropout: z.number().min(0).lt(1).default(0).describe('probability of dropping an input element of A'),
  targets: z
    .union([z.literal('all-linear'), z.array(z.string().min(1)).min(1)])
    .default('all-linear')
    .describe('`all-linear` (every decoder projection but a head called lm_head), or module leaf names such as q_proj'),
  aInit: z.enum(['kaiming', 'gaussian']).default('kaiming').describe('how A starts'),
};

/** Adapter configuration (configs/adapter/*.yaml). */
export const adapterConfigSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('lora'), ...common }),
  z.strictObject({ method: z.literal('two-subspaces'), ...common }),
  z.strictObject({
    method: z.literal('moslora'),
    ...common,
    mixer: mixerInit.default('kaiming'),
    trainMixer: z.boolean().default(true).describe('false keeps the mixer as it starts'),
  }),
]);
export type AdapterConfig = z.infer<typeof adapterConfigSchema>;
export type MixerInit = z.infer<typeof mixerInit>;
