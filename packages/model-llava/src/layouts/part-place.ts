import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { z } from 'zod';
import type { PartPlace } from './layout';

const anyJson = z.record(z.string(), z.unknown());

/** A tower or a decoder that has a folder of its own. @throws UserError where its config.json is missing or no object */
export function partPlace(folder: string): PartPlace {
  const where = join(folder, 'config.json');
  return { weights: folder, config: readJson(where, anyJson), where };
}
