import { quantizationConfig } from '../bitsandbytes/quantization-config';
import type { FloatType } from '../code/decode';
import { covers } from './choose-layers';

/** Modules that transformers would take for linear layers to quantise, where they are. */
const parts = ['multi_modal_projector', 'mm_projector', 'vision_tower', 'vision_model'];

export interface QuantizedConfigOptions {
  double: boolean;
  dtype: FloatType;
  /** Whether every tensor kept its type, so that the type that config.json names still holds. */
  keep: boolean;
  skip: readonly string[];
  /** config.json as it was read: with every type kept it is only added to, so that 8.0 stays 8.0. */
  text: string | undefined;
}

/** config.json of a quantised folder: as it was, with how the weights are stored. `kept` are the tensors that are not in 4 bits. */
export function quantizedConfig(
  config: Record<string, unknown>,
  kept: readonly string[],
  { double, dtype, keep, skip, text }: QuantizedConfigOptions,
): string {
  const there = parts.filter((part) => kept.some((name) => `.${name}`.includes(`.${part}.`)));
  const quantization = quantizationConfig({
    ...{ double, computeType: dtype },
    skip: [...new Set([headOf(kept), ...there, ...skip.flatMap((entry) => modulesOf(entry, kept))])],
  });
  const body = text?.trimEnd().replace(/\s*\}$/, '');
  if (keep && body !== undefined && body !== text && !('quantization_config' in config)) {
    const added = JSON.stringify({ quantization_config: quantization }, null, 2).slice(1);
    return withFloats(`${body}${Object.keys(config).length > 0 ? ',' : ''}${added}\n`);
  }
  const changed = {
    ...config,
    ...(!keep && { ['dtype' in config ? 'dtype' : 'torch_dtype']: dtype }),
    quantization_config: quantization,
  };
  return withFloats(`${JSON.stringify(changed, null, 2)}\n`);
}

/**
 * What the model calls its head: `output` for InternLM2, which calls its embeddings `tok_embeddings`, else `lm_head`. Also where the
 * head is the embedding table and not in the file: the module is there, and transformers would quantise it.
 */
function headOf(kept: readonly string[]): string {
  const ends = (name: string): boolean => kept.some((each) => `.${each}`.endsWith(`.${name}.weight`));
  return ends('tok_embeddings') ? 'output' : 'lm_head';
}

/** Transformers refuses a threshold that is not written as a float. */
function withFloats(json: string): string {
  return json.replace(/("llm_int8_threshold": \d+)(?=[,\s])/, '$1.0');
}

/** Transformers compares whole paths or their ends: part of a path becomes the paths of what it covers. What covers nothing goes. */
function modulesOf(entry: string, kept: readonly string[]): string[] {
  const covered = kept.filter((name) => name.endsWith('.weight') && covers(entry, name));
  if (!entry.includes('.')) return covered.length > 0 ? [entry] : [];
  return covered.map((name) => name.slice(0, -'.weight'.length));
}
