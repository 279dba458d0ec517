/** The part of an adapter a tensor is: A (R, in), AB (the mixer, R x R), B (out, R), or DoRA's magnitudes (out). */
export type AdapterPart = 'A' | 'AB' | 'B' | 'magnitude';

const prefix = 'base_model.model.';

/** Name of a tensor in an adapter's file, as PEFT and MoSLoRA's authors write it. */
export function adapterKey(path: string, part: AdapterPart): string {
  return part === 'magnitude' ? `${prefix}${path}.lora_magnitude_vector` : `${prefix}${path}.lora_${part}.weight`;
}

// `lora_mixer` is what other implementations call the mixer. Whole name parts are compared, since `lora_A` begins `lora_AB` too.
const matrix = /^(?:base_model\.model\.)?(.+)\.lora_(A|AB|B|mixer)(?:\.([^.]+))?\.weight$/;
// PEFT writes it bare; in a state dict that was saved by other means an adapter's name or `weight` can follow.
const vector = /^(?:base_model\.model\.)?(.+)\.lora_(magnitude)_vector(?:\.(?!weight$)([^.]+))?(?:\.weight)?$/;

/** Module path, part and (where it was left in) adapter name of a tensor's name; undefined for a name of another kind. */
export function parseAdapterKey(
  key: string,
): { path: string; part: AdapterPart; adapter: string | undefined } | undefined {
  const [, path, part, adapter] = matrix.exec(key) ?? vector.exec(key) ?? [];
  if (path === undefined || part === undefined) return undefined;
  return { path, part: part === 'mixer' ? 'AB' : (part as AdapterPart), adapter };
}
