import type { Pipeline } from '@moslora/specs';

/** The preset to take, and a line that says why where it was not asked for. */
export interface PickedPreset {
  preset: string | undefined;
  notice?: string;
}

/**
 * `asked` (--preset or MOSLORA_PRESET), else `wasm` where the pipeline has such a preset and the backend is wasm. `none` asks for no
 * preset.
 */
export function pickPreset(
  presets: Pipeline['presets'] | Record<string, unknown>,
  asked: string | undefined,
  backend: 'native' | 'wasm' | 'none' | undefined,
): PickedPreset {
  if (asked === 'none') return { preset: undefined };
  if (asked !== undefined) return { preset: asked };
  if (backend !== 'wasm' || !('wasm' in presets)) return { preset: undefined };
  return {
    preset: 'wasm',
    notice: 'reduced preset `wasm`: there is no native library here, and the full budget would take hours',
  };
}
