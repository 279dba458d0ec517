import { join } from 'node:path';
import { adapterFiles, parseAdapterKey } from '@moslora/adapters';
import { SafetensorsFile } from '@moslora/checkpoint';
import type { LinearSlot } from '@moslora/nn';
import type { VisionTower } from '@moslora/vision-encoder';

/**
 * A tower's slots under the names an adapter's file has for them: whether a tower's modules lie in `vision_model` depends on the
 * version of transformers that loaded it.
 */
export function towerSlots(tower: VisionTower, adapter: string): LinearSlot[] {
  return tower.slots(towerStart(adapter));
}

/** What stands before `encoder.layers` in the names of an adapter's file. */
export function towerStart(adapter: string): string {
  const file = SafetensorsFile.open(join(adapter, adapterFiles.weights));
  const paths = file.names().flatMap((name) => parseAdapterKey(name)?.path ?? []);
  file.close();
  const starts = paths.flatMap((path) => /^(.*?)encoder\.layers?\./.exec(path)?.[1] ?? []);
  return starts[0] ?? '';
}
