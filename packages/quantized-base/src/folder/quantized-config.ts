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
  const heads = ['lm_head', ...(kept.includes('output.weight') ? ['output'] : [])];
  const there = parts.filter((part) => kept.some((name) => `.${name}`.includes(`.${part}.`)));
  const quantization = quantizationConfig({
    ...{ double, computeType: dtype },
    skip: [...new Set([...heads, ...there, ...skip.flatMap((entry) => modulesOf(entry, kept))])],
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

/** Transformers refuses a threshold that is not written as a float. */
function withFloats(json: string): string {
  return json.replace(/("llm_int8_threshold": \d+)(?=[,\s])/, '$1.0');
}

/** Transformers compares whole paths or their ends: part of a path becomes the paths of what it covers. */
function modulesOf(entry: string, kept: readonly string[]): string[] {
  if (!entry.includes('.')) return [entry];
  const covered = kept.filter((name) => name.endsWith('.weight') && covers(entry, name));
  return covered.map((name) => name.slice(0, -'.weight'.length));
}
