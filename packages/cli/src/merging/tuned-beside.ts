import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { savedProjector, towerPlace, type LlavaLayout } from '@moslora/model-llava';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import { readRun } from '../stages/run-file';
import type { Reporter } from '../progress/reporter';
import { outputs } from '../tuning/stage-outputs';
import type { ModelPlace } from './model-place';

const configSchema = z.looseObject({ features: z.looseObject({}).optional() });

/**
 * A model with what else the run named as its adapter tuned: tower, tower's adapter and projector, which the adapter was made together with. A base
 * without eyes takes the adapter alone, which is said; a PEFT folder has nothing beside it.
 * @throws UserError where the run's tower was read otherwise than the model's
 */
export function withTuned(place: ModelPlace, run: string, { reporter }: { reporter: Reporter }): ModelPlace {
  const done = existsSync(join(run, outputs.adapter)) ? readRun(run) : undefined;
  if (!done) return place;
  const at = (name: string): string | undefined => (existsSync(join(run, name)) ? join(run, name) : undefined);
  const [tower, towerAdapter, projector] = [at(outputs.tower), at(outputs.towerAdapter), at(outputs.projector)];
  const { layout } = place;
  if (layout === undefined) {
    const left = [tower, towerAdapter, projector].filter((path) => path !== undefined);
    if (left.length > 0)
      reporter.log(
        `left out, since ${place.name} is a language model alone: ${left.join(', ')}; name the run alone to have all`,
      );
    return place;
  }
  checkFeatures(layout, configSchema.safeParse(done.config).data?.features, { run, base: place.name });
  return {
    ...place,
    layout: {
      ...layout,
      tower: {
        ...(tower === undefined ? layout.tower : towerPlace(tower)),
        ...(towerAdapter !== undefined && { adapter: towerAdapter }),
      },
      ...(projector !== undefined && { projector: savedProjector(projector) }),
    },
    folders: [...place.folders, run],
  };
}

function checkFeatures(
  { featureLayer: layer, featureSelect: select, pool = 1, imageSize }: LlavaLayout,
  features: object | undefined,
  { run, base }: { run: string; base: string },
): void {
  const spell = (given: object): string => JSON.stringify(given, ['layer', 'select', 'pool', 'imageSize']);
  const own = spell({ layer, select, pool, imageSize });
  if (features === undefined || own === spell(features)) return;
  fail({
    what: 'The run was tuned on other features of the tower than this model has',
    where: run,
    got: spell(features),
    expected: `${own}, as in ${base}`,
    fix: 'merge the run alone, as PIPELINE:STAGE or by its folder',
  });
}
