import { z } from 'zod';
import { adapterConfigSchema } from './adapter-config';
import { isObject } from './schema-keys';

/** The parts of a LLaVA that can learn, in the order in which a picture passes them. */
export const modelParts = ['tower', 'projector', 'decoder'] as const;
export type ModelPart = (typeof modelParts)[number];

const rates = {
  learningRate: z
    .number()
    .positive()
    .optional()
    .describe(
      "peak learning rate of this part; default: train.learningRate, the projector's train.projectorLearningRate",
    ),
  weightDecay: z.number().min(0).optional().describe('decoupled weight decay of this part; default: train.weightDecay'),
};

/** What may stand for an object with that `mode`. */
const words = ['frozen', 'full'];

/** An adapter's settings beside a mode without one: what that means is for the person to say. */
function withoutAdapter(given: unknown, { issues }: z.core.ParsePayload): unknown {
  if (!isObject(given) || !('adapter' in given) || !words.includes(given['mode'] as string)) return given;
  const message =
    given['mode'] === 'frozen'
      ? 'This part is frozen, and an adapter on it would learn'
      : 'This part learns in full, and has an adapter beside that';
  const params = {
    expected: 'an adapter where `mode` is adapter alone',
    fix: 'write `mode: adapter`, or leave `adapter` out',
  };
  issues.push({ code: 'custom', message, params, path: ['adapter'], input: given['adapter'] });
  return z.NEVER;
}

/** How a part learns: not at all, all of its weights, or an adapter on its linear layers. A word stands for an object with that `mode`. */
const partTraining = z.preprocess(
  (given, context) => {
    if (typeof given !== 'string') return withoutAdapter(given, context);
    if (words.includes(given)) return { mode: given };
    context.issues.push({ code: 'invalid_value', values: words, input: given });
    return z.NEVER;
  },
  z.discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('frozen').describe('nothing of it learns') }),
    z.strictObject({ mode: z.literal('full').describe('all of its weights learn, in float32'), ...rates }),
    z.strictObject({
      mode: z.literal('adapter').describe('an adapter on its linear layers learns'),
      adapter: adapterConfigSchema.describe('adapter settings, or the name of one in configs/adapter'),
      ...rates,
    }),
  ]),
);
export type PartTraining = z.infer<typeof partTraining>;

/** What learns of each part; what is left out stays as the stage's kind has it. */
export const partsSchema = z
  .strictObject({
    tower: partTraining
      .optional()
      .describe('the vision tower; default: frozen. One that learns sees the pictures in every step'),
    projector: partTraining
      .optional()
      .describe('the projector; default: full, or frozen where trainProjector is false'),
    decoder: partTraining
      .optional()
      .describe(
        'the language model; default: frozen in align, an adapter of `adapter` in instruct. full needs a dense base',
      ),
  })
  .optional()
  .describe('frozen, full, or { mode: adapter, adapter: NAME }, for tower, projector and decoder');

/** What the schemas of align and instruct stages have that says what learns. */
export interface PartsGiven {
  kind: 'align' | 'instruct';
  parts?: z.infer<typeof partsSchema>;
  adapter?: z.infer<typeof adapterConfigSchema> | undefined;
  trainProjector?: boolean;
}

/** How each part of a tuning stage learns, defaults filled in. */
export function partsOf({
  kind,
  parts = {},
  adapter,
  trainProjector = true,
}: PartsGiven): Record<ModelPart, PartTraining> {
  const decoder: PartTraining =
    kind === 'instruct' && adapter !== undefined ? { mode: 'adapter', adapter } : { mode: 'frozen' };
  return {
    tower: parts.tower ?? { mode: 'frozen' },
    projector: parts.projector ?? { mode: trainProjector ? 'full' : 'frozen' },
    decoder: parts.decoder ?? decoder,
  };
}

/** What of a stage's settings contradicts itself, by the path of the key that is wrong. */
export function partsProblems(given: PartsGiven): { path: string[]; message: string }[] {
  const { kind, parts = {}, adapter, trainProjector } = given;
  const problems: { path: string[]; message: string }[] = [];
  const add = (path: string[], message: string) => problems.push({ path, message });
  if (kind === 'instruct' && adapter === undefined && parts.decoder === undefined)
    add(['adapter'], 'There is neither `adapter` nor `parts.decoder`, which would say how the decoder learns');
  if (adapter !== undefined && parts.decoder !== undefined)
    add(['parts', 'decoder'], '`adapter` says already how the decoder learns; one of the two has to go');
  if (trainProjector === false && parts.projector !== undefined)
    add(['parts', 'projector'], '`trainProjector` says already how the projector learns; one of the two has to go');
  if (Object.values(partsOf(given)).every(({ mode }) => mode === 'frozen'))
    add(['parts'], 'Every part is frozen: there is nothing to train');
  const { projector } = parts;
  if (projector?.mode === 'adapter' && projector.adapter.method === 'dora')
    add(
      ['parts', 'projector', 'adapter', 'method'],
      "DoRA's magnitudes are for layers that stay frozen in 16 bits; the projector is none",
    );
  return problems;
}
