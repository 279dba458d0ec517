import { join } from 'node:path';
import { float32ToHalf, halfToFloat32, SafetensorsFile, writeSafetensors } from '@moslora/checkpoint';
import { familyFor } from '@moslora/model-llava';
import { Rng } from '@moslora/runtime';

const common = {
  ...{ hidden_size: 128, intermediate_size: 256, num_hidden_layers: 3, num_attention_heads: 4, num_key_value_heads: 2 },
  ...{ vocab_size: 6400, max_position_embeddings: 2048, rms_norm_eps: 1e-5, rope_theta: 10000, hidden_act: 'silu' },
};

/** config.json of a tiny decoder of every family that is written to GGUF. */
export const tinyFamilies: Readonly<Record<string, Record<string, unknown>>> = {
  LLaMA: { ...common, model_type: 'llama' },
  InternLM2: { ...common, model_type: 'internlm2', bias: false, rope_scaling: { type: 'dynamic', factor: 2 } },
  'InternLM2 with biases': { ...common, model_type: 'internlm2', bias: true },
  Qwen2: { ...common, model_type: 'qwen2' },
  Qwen3: { ...common, model_type: 'qwen3', head_dim: 64 },
};

/**
 * A checkpoint with random weights that float16 holds exactly: vectors near 1 (norms) or 0 (biases), matrices with deviation 0.1, the head's
 * multiplied by `sharpness`.
 */
export async function writeTinyFamily(
  folder: string,
  json: Record<string, unknown>,
  sharpness: number,
): Promise<SafetensorsFile> {
  const path = join(folder, 'model.safetensors');
  const family = await familyFor(json['model_type'], 'a tiny decoder');
  const tensors = [...family.tensors(json)].map(([name, shape]) => {
    const isNorm = shape.length === 1 && /norm/.test(name);
    const scale = /^(lm_head|output)\.weight$/.test(name) ? sharpness : 1;
    const count = shape.reduce((product, side) => product * side, 1);
    const drawn = new Rng(1, name).normalArray(count, isNorm ? 1 : 0, 0.1);
    const data = halfToFloat32(float32ToHalf(drawn)).map((value) => scale * value);
    return { name, dtype: 'F32' as const, shape: [...shape], data };
  });
  writeSafetensors(path, tensors);
  return SafetensorsFile.open(path);
}
