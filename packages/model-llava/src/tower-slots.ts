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
  const file = SafetensorsFile.open(join(adapter, adapterFiles.weights));
  const [first] = file.names().flatMap((name) => parseAdapterKey(name)?.path ?? []);
  file.close();
  const start = /^(.*?)encoder\.layers?\./.exec(first ?? '')?.[1] ?? '';
  return tower.slots(start);
}
