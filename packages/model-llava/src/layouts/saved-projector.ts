import { SafetensorsFile } from '@moslora/checkpoint';
import { findProjector } from '../projector/find-projector';
import { notedActivation } from '../projector/projector';
import type { ProjectorPlace } from './layout';

/** The projector of a file that `Projector.save` wrote, and what it says of it. @throws UserError where it holds none */
export function savedProjector(weights: string): ProjectorPlace & { weights: string; depth: number } {
  const file = SafetensorsFile.open(weights);
  try {
    const { modules, bias } = findProjector(file);
    return { weights, activation: notedActivation(file), depth: modules.length, bias };
  } finally {
    file.close();
  }
}
