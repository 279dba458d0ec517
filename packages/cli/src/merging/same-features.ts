import type { LlavaLayout } from '@moslora/model-llava';
import { fail } from '@moslora/specs';
import { z } from 'zod';

const configSchema = z.looseObject({ features: z.looseObject({}).optional() });

/**
 * @param config of run.json: what a tuning stage was made with
 * @throws UserError where the run's projector learnt on other features of the tower than the model reads
 */
export function sameFeatures(
  { featureLayer: layer, featureSelect: select, pool = 1, imageSize }: LlavaLayout,
  config: unknown,
  { run, base, fix }: { run: string; base: string; fix: string },
): void {
  const { features } = configSchema.safeParse(config).data ?? {};
  const spell = (given: object): string => JSON.stringify(given, ['layer', 'select', 'pool', 'imageSize']);
  const own = spell({ layer, select, pool, imageSize });
  if (features === undefined || own === spell(features)) return;
  fail({
    what: 'The run was tuned on other features of the tower than this model has',
    where: run,
    got: spell(features),
    expected: `${own}, as in ${base}`,
    fix,
  });
}
