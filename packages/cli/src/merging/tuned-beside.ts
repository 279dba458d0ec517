import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { savedProjector, towerPlace } from '@moslora/model-llava';
import { readRun } from '../stages/run-file';
import type { Reporter } from '../progress/reporter';
import { outputs } from '../tuning/stage-outputs';
import type { ModelPlace } from './model-place';
import { sameFeatures } from './same-features';

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
  const fix = 'merge the run alone, as PIPELINE:STAGE or by its folder';
  sameFeatures(layout, done.config, { run, base: place.name, fix });
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
