import type { SafetensorsFile } from '@moslora/checkpoint';
import type { Problem } from '@moslora/specs';
import type { AdapterFileConfig } from './adapter-config-file';
import type { AdapterPart } from './keys';
import { some } from './match-modules';
import type { ModuleKeys } from './read-factors';

/** Parts of the adapter that the file has and the config does not announce, or the other way round. */
export function partProblems(
  { where }: Pick<SafetensorsFile, 'where'>,
  modules: ReadonlyMap<string, ModuleKeys>,
  config: AdapterFileConfig,
): Problem[] {
  const has = (path: string, part: AdapterPart): boolean => modules.get(path)?.[part] !== undefined;
  const paths = [...modules.keys()];
  const wanted: Record<AdapterPart, (path: string) => boolean> = {
    A: () => true,
    AB: (path) => config.mixed(path),
    B: () => true,
    magnitude: () => config.magnitudes,
  };
  const unannounced = (part: AdapterPart): string[] => paths.filter((path) => has(path, part) && !wanted[part](path));
  const missing = (Object.keys(wanted) as AdapterPart[]).flatMap((part) =>
    paths
      .filter((path) => !has(path, part) && wanted[part](path))
      .map((path) => `${path}.lora_${part === 'magnitude' ? 'magnitude_vector' : part}`),
  );
  const problems: Problem[] = [];
  const mixers = unannounced('AB');
  if (mixers.length > 0) {
    problems.push({
      what: 'The file holds mixers, but adapter_config.json does not say so',
      where,
      got: `lora_AB of ${some(mixers)}; lora_use_mixer is not true`,
      expected: 'lora_use_mixer: true beside mixers, or no mixers',
      fix: 'if this is a MoSLoRA adapter, set lora_use_mixer to true in adapter_config.json',
    });
  }
  const magnitudes = unannounced('magnitude');
  if (magnitudes.length > 0) {
    problems.push({
      what: 'The file holds magnitudes of DoRA, but adapter_config.json does not say so',
      where,
      got: `lora_magnitude_vector of ${some(magnitudes)}; use_dora is not true`,
      expected: 'use_dora: true beside magnitudes, or no magnitudes',
      fix: 'if this is a DoRA adapter, set use_dora to true in adapter_config.json',
    });
  }
  if (missing.length > 0) {
    problems.push({
      what: `${missing.length} parts of the adapter are missing`,
      where,
      got: `no ${some(missing)}`,
      expected:
        'lora_A and lora_B of each module, lora_AB with lora_use_mixer: true, and lora_magnitude_vector with use_dora: true',
    });
  }
  return problems;
}
