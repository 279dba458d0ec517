import type { DecoderConfig } from '../config/decoder-config';
import { layerLinears, type LayerPlan } from '../layer/plan';
import type { DecoderNames, DecoderPrefix } from './find-decoder';

/** Every tensor of a decoder with its published shape. */
export function expectedTensors(
  config: DecoderConfig,
  names: DecoderNames,
  plan: LayerPlan,
  { body, head }: DecoderPrefix,
): Map<string, number[]> {
  const { hiddenSize: D, vocabSize: V, headDim: K } = config;
  const tensors = new Map<string, number[]>([
    [`${body}${names.embedding}.weight`, [V, D]],
    [`${body}${names.norm}.weight`, [D]],
  ]);
  if (!config.tieWordEmbeddings) tensors.set(head, [V, D]);
  for (let index = 0; index < config.layers; index += 1) {
    const path = `${body}layers.${index}`;
    tensors.set(`${path}.${plan.attentionNorm}.weight`, [D]);
    tensors.set(`${path}.${plan.mlpNorm}.weight`, [D]);
    for (const norm of plan.headNorms ? [plan.headNorms.query, plan.headNorms.key] : [])
      tensors.set(`${path}.${norm}.weight`, [K]);
    for (const linear of layerLinears(plan)) {
      tensors.set(`${path}.${linear.name}.weight`, [linear.out, linear.in]);
      if (linear.bias) tensors.set(`${path}.${linear.name}.bias`, [linear.out]);
    }
  }
  return tensors;
}
