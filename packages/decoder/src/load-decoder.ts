import type { WeightSource } from '@moslora/checkpoint';
import { DenseLinear } from '@moslora/nn';
import { linearFromSource } from '@moslora/quantized-base';
import { tf } from '@moslora/runtime';
import type { DecoderConfig } from './config/decoder-config';
import type { DecoderOptions } from './contract';
import { CausalDecoder } from './decoder';
import type { FamilyParts } from './family';
import { DecoderBlock, type LayerNorms } from './layer/block';
import { linearSlot } from './layer/linear-slot';
import { layerLinears, type LayerPlan } from './layer/plan';
import { checkDecoder } from './tensors/check-decoder';
import { expectedTensors } from './tensors/expected-tensors';
import { findDecoder, type DecoderPrefix } from './tensors/find-decoder';

/**
 * Loads a decoder, frozen. A projection that the file has in bitsandbytes' NF4 layout becomes a 4-bit layer, any other a dense one.
 * @throws UserError listing every missing, misshapen or unexpected tensor
 */
export function loadDecoder<C extends DecoderConfig>(
  source: WeightSource,
  config: C,
  { name: family, names, layer }: FamilyParts<C>,
  options: DecoderOptions = {},
): CausalDecoder {
  const prefix = findDecoder(source, names, { family, body: options.prefix });
  const plan = layer(config);
  checkDecoder(source, expectedTensors(config, names, plan, prefix), prefix, family);
  const read = (name: string): tf.Tensor => tf.tensor(source.float32(name), source.info(name).shape, 'float32');
  const norm = (name: string): tf.Tensor1D => read(`${prefix.body}${name}.weight`) as tf.Tensor1D;
  const blocks = Array.from({ length: config.layers }, (_, index) => {
    const path = `${prefix.body}layers.${index}`;
    const linears = layerLinears(plan).map(
      ({ name }) => [name, linearFromSource(source, `${path}.${name}`, options)] as const,
    );
    const norms = layerNorms(plan, (name) => norm(`layers.${index}.${name}`));
    return new DecoderBlock(config, plan, index, norms, path, new Map(linears));
  });
  const table = read(`${prefix.body}${names.embedding}.weight`) as tf.Tensor2D;
  const head = headSlot(source, table, prefix, config, options);
  return new CausalDecoder(config, { table, blocks, norm: norm(names.norm), head });
}

function layerNorms({ attentionNorm, mlpNorm, headNorms }: LayerPlan, norm: (name: string) => tf.Tensor1D): LayerNorms {
  return {
    attention: norm(attentionNorm),
    mlp: norm(mlpNorm),
    ...(headNorms && { heads: { query: norm(headNorms.query), key: norm(headNorms.key) } }),
  };
}

function headSlot(
  source: WeightSource,
  table: tf.Tensor2D,
  prefix: DecoderPrefix,
  { tieWordEmbeddings }: DecoderConfig,
  options: DecoderOptions,
): ReturnType<typeof linearSlot> {
  const name = prefix.head.replace(/\.weight$/, '');
  const linear = tieWordEmbeddings
    ? new DenseLinear({ name, weight: tf.clone(table) })
    : linearFromSource(source, name, options);
  return linearSlot(name, linear);
}
