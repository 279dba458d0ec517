import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { adapterFiles } from '@moslora/adapters';
import { fail } from '@moslora/specs';
import { companionFiles } from '../quantizing/companion-files';
import { outputs } from '../tuning/stage-outputs';

/** The adapter's folder: the one given, or the one in a run's outputs. @throws UserError where there is none */
export function adapterPlace(folder: string): string {
  const places = [folder, join(folder, outputs.adapter)];
  return (
    places.find((place) => existsSync(join(place, adapterFiles.config))) ??
    fail({
      what: existsSync(folder) ? 'There is no adapter in this folder' : 'There is no such folder',
      where: folder,
      expected: `${adapterFiles.config} in it, or in its ${outputs.adapter}/ as a run leaves it`,
    })
  );
}

/** What belongs to an adapter besides its weights and config: the template it was tuned with, a card. */
export function adapterCompanions(folder: string): string[] {
  return companionFiles(folder).filter((file) => !file.endsWith(adapterFiles.config));
}
