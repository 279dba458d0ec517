import { z } from 'zod';

/** The option that formats share whose rows may name pictures beside the turns. */
export const slotOption = z
  .enum(['as-written', 'first'])
  .default('as-written')
  .describe('`first` puts a slot per picture before the first question of rows that have pictures and no `<image>`');

/** The options of formats that have no others. */
export const slotOptions = z.strictObject({ slots: slotOption });
export type SlotOptions = z.infer<typeof slotOptions>;
