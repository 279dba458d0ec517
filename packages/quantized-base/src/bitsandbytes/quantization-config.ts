import { z } from 'zod';
import type { FloatType } from '../code/decode';

/** `quantization_config` of config.json, as transformers writes it for a 4-bit folder. */
export function quantizationConfig(options: {
  double: boolean;
  computeType: FloatType;
  /** Leaf names of linear layers left in 16 bits. */
  skip: readonly string[];
}): Record<string, unknown> {
  return {
    _load_in_4bit: true,
    _load_in_8bit: false,
    bnb_4bit_compute_dtype: options.computeType,
    bnb_4bit_quant_storage: 'uint8',
    bnb_4bit_quant_type: 'nf4',
    bnb_4bit_use_double_quant: options.double,
    llm_int8_enable_fp32_cpu_offload: false,
    llm_int8_has_fp16_weight: false,
    llm_int8_skip_modules: [...options.skip],
    llm_int8_threshold: 6.0,
    load_in_4bit: true,
    load_in_8bit: false,
    quant_method: 'bitsandbytes',
  };
}

/** Whether a config.json says that its weights are already quantised, and how. */
export function quantizationOf(config: unknown): string | undefined {
  const schema = z
    .object({ quantization_config: z.object({ quant_method: z.string().default('unnamed') }).loose() })
    .loose();
  const { data } = schema.safeParse(config);
  return data?.quantization_config.quant_method;
}
