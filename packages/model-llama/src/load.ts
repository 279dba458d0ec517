import type { WeightSource } from '@moslora/checkpoint';
import { DenseLinear, type Linear } from '@moslora/nn';
import { linearFromSource } from '@moslora/quantized-base';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { LlamaBlock, type LinearName } from './block';
import { checkDecoderTensors } from './check-tensors';
import type { LlamaConfig } from './config';
import type { LlamaParts } from './decoder';
import type { DecoderOptions } from './decoder-contract';
import { findDecoder, layerLinears } from './names';

/**
 * Loads the tensors of a LLaMA decoder, frozen. A projection that the file has in bitsandbytes' NF4 layout becomes a 4-bit layer, any
 * other a dense one.
 * @throws UserError listing every missing, misshapen or unexpected tensor
 */
export function loadParts(source: WeightSource, config: LlamaConfig, options: DecoderOptions = {}): LlamaParts {
  const { body, head } = findDecoder(source, options.prefix);
  checkDecoderTensors(source, config, { body, head });
  const tensor = (name: string): tf.Tensor => tf.tensor(source.float32(name), source.info(name).shape, 'float32');
  const blocks = Array.from({ length: config.layers }, (_, index) => {
    const path = `${body}layers.${index}`;
    const norms = {
      input: tensor(`${path}.input_layernorm.weight`) as tf.Tensor1D,
      postAttention: tensor(`${path}.post_attention_layernorm.weight`) as tf.Tensor1D,
    };
    const linears = layerLinears(config).map((shape) => {
      const name = `${path}.${shape.name}`;
      return [shape.name, fitting(linearFromSource(source, name, options), name, shape, source.where)] as const;
    });
    return new LlamaBlock(config, index, path, norms, Object.fromEntries(linears) as Record<LinearName, Linear>);
  });
  const table = tensor(`${body}embed_tokens.weight`) as tf.Tensor2D;
  const norm = tensor(`${body}norm.weight`) as tf.Tensor1D;
  const headWeight = config.tieWordEmbeddings ? tf.clone(table) : (tensor(head) as tf.Tensor2D);
  return { table, blocks, norm, head: new DenseLinear({ name: head.replace(/\.weight$/, ''), weight: headWeight }) };
}

/** A 4-bit weight's shape is known only once it is read. */
function fitting(linear: Linear, name: string, shape: { out: number; in: number }, where: string): Linear {
  if (linear.outFeatures === shape.out && linear.inFeatures === shape.in) return linear;
  const got = `(${linear.outFeatures}, ${linear.inFeatures})`;
  linear.dispose();
  return fail({
    what: `The 4-bit weight of \`${name}\` has another shape than config.json says`,
    where,
    got,
    expected: `(${shape.out}, ${shape.in})`,
  });
}
