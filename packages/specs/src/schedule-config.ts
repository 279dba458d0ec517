import { z } from 'zod';

const settings = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  z.strictObject({ kind: z.literal('linear') }),
  z.strictObject({ kind: z.literal('cosine') }),
  z.strictObject({
    kind: z.literal('polynomial'),
    power: z.number().positive().default(2).describe('1 is linear; more falls sooner'),
  }),
  z.strictObject({
    kind: z.literal('inverse-sqrt').describe('falls with the root of the steps, whatever their number'),
  }),
  z.strictObject({
    kind: z.literal('warmup-stable-decay'),
    decay: z.number().gt(0).max(1).default(0.1).describe('fraction of the steps, the last ones, with a linear fall'),
  }),
  z.strictObject({
    kind: z.literal('cosine-restarts'),
    cycles: z.int().positive().default(2).describe('cosines one after another, each from the peak'),
  }),
]);

export type ScheduleConfig = z.infer<typeof settings>;
export type ScheduleKind = ScheduleConfig['kind'];

/** How the learning rate goes after the warm-up: the name of a kind, or the kind with its settings. */
export const scheduleSchema = z
  .union([
    settings,
    z.enum([
      'constant',
      'linear',
      'cosine',
      'polynomial',
      'inverse-sqrt',
      'warmup-stable-decay',
      'cosine-restarts',
    ] satisfies ScheduleKind[]),
  ])
  .transform((given): ScheduleConfig => (typeof given === 'string' ? settings.parse({ kind: given }) : given));
