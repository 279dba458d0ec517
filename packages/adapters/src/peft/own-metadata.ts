import type { SafetensorsFile } from '@moslora/checkpoint';
import { z } from 'zod';
import { adapterMethods } from '../method/methods';
import type { AdapterFileConfig } from './adapter-config-file';
import type { ModuleKeys } from './read-factors';

const methods = Object.keys(adapterMethods) as (keyof typeof adapterMethods)[];

const schema = z.object({
  method: z.enum(methods),
  trainMixer: z.boolean(),
  loraPlusRatio: z.number().positive().default(1),
});

/** What this program noted in a file's metadata when it wrote it; for others' files, what follows from the tensors and the config. */
export function ownMetadata(
  { metadata }: SafetensorsFile,
  modules: ReadonlyMap<string, ModuleKeys>,
  { magnitudes, rankStabilized }: AdapterFileConfig,
): z.infer<typeof schema> {
  const mixed = [...modules.values()].some(({ AB }) => AB !== undefined);
  const method = magnitudes ? 'dora' : mixed ? 'moslora' : rankStabilized ? 'rslora' : 'lora';
  try {
    const noted = schema.safeParse(JSON.parse(metadata['moslora'] ?? '')).data;
    if (noted !== undefined) return noted;
  } catch {
    // Another program's file.
  }
  return { method, trainMixer: true, loraPlusRatio: 1 };
}
