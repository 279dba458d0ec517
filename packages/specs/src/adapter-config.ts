import { z } from 'zod';
import { isModuleKey } from './module-pattern';

/** Why there is no zero start: ∂M and ∂A carry a factor B, ∂B a factor M. */
export const zeroMixerReason =
  'A mixer that starts at zero never learns: with B = 0 too, the gradients of A, M and B are 0 for ever';

/** The starts of a mixer. */
export const mixerNames = ['kaiming', 'orthogonal', 'identity', 'butterfly', 'gaussian'] as const;

export const mixerInit = z
  .string()
  .refine((name) => name !== 'zero', zeroMixerReason)
  .pipe(z.enum(mixerNames))
  .describe('how the r x r mixer starts; zero is refused: with B = 0 it would leave every gradient 0 for ever');

/** Values by module; keys are regular expressions, which have to compile. */
function modulePattern<T extends z.ZodType>(value: T) {
  return z
    .record(
      z.string().min(1).refine(isModuleKey, 'A key of a module pattern is a name, a path, or a regular expression'),
      value,
    )
    .default({});
}

const common = {
  rank: z.int().positive().default(64).describe('r, the inner width of the adapter'),
  alpha: z.number().positive().default(128).describe('lora_alpha; the scale is alpha / rank'),
  dropout: z.number().min(0).lt(1).default(0).describe('probability of dropping an input element of A'),
  targets: z
    .union([z.literal('all-linear'), z.array(z.string().min(1)).min(1)])
    .default('all-linear')
    .describe('`all-linear` (every decoder projection but a head called lm_head), or module leaf names such as q_proj'),
  aInit: z.enum(['kaiming', 'gaussian']).default('kaiming').describe('how A starts'),
  rankPattern: modulePattern(z.int().positive()).describe(
    'another rank for some modules; the first key that matches the end of a path counts: q_proj, layers\\.[0-3]\\..*',
  ),
  alphaPattern: modulePattern(z.number().positive()).describe('another alpha for some modules, keys as in rankPattern'),
};

const rankStabilized = z.boolean().default(false).describe('rsLoRA: the scale is alpha / √rank');
const loraPlusRatio = z.number().positive().default(1).describe('LoRA+: learning rate of B over that of A');
const options = { ...common, rankStabilized, loraPlusRatio };

/** Adapter configuration (configs/adapter/*.yaml). rsLoRA and LoRA+ can be methods by themselves, or be added to the others. */
export const adapterConfigSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('lora'), ...options }),
  z.strictObject({
    method: z.literal('rslora'),
    ...options,
    rankStabilized: z.literal(true).default(true).describe('what makes it rsLoRA'),
  }),
  z.strictObject({
    method: z.literal('lora-plus'),
    ...options,
    loraPlusRatio: z.number().gt(1).default(16).describe('learning rate of B over that of A; 16 in the paper'),
  }),
  z.strictObject({ method: z.literal('dora'), ...options }),
  z.strictObject({ method: z.literal('two-subspaces'), ...options }),
  z.strictObject({
    method: z.literal('moslora'),
    ...options,
    mixer: mixerInit.default('kaiming'),
    trainMixer: z.boolean().default(true).describe('false keeps the mixer as it starts'),
  }),
]);
export type AdapterConfig = z.infer<typeof adapterConfigSchema>;
export type MixerInit = z.infer<typeof mixerInit>;
