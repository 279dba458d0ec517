import type { WeightSource } from '@moslora/checkpoint';
import { DenseLinear, type Linear, type Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { DecoderConfig } from './config/decoder-config';
import type { DecoderOptions } from './contract';
import { CausalDecoder, type CausalParts } from './decoder';
import type { FamilyParts } from './family';
import { DecoderBlock, type LayerNorms } from './layer/block';
import { linearSlot } from './layer/linear-slot';
import { layerLinears, type LayerPlan } from './layer/plan';
import { checkDecoder } from './tensors/check-decoder';
import { expectedTensors } from './tensors/expected-tensors';
import { findDecoder, type DecoderNames, type DecoderPrefix } from './tensors/find-decoder';
import { TensorReader } from './tensors/tensor-reader';
import { LearningTable } from './token-table/learning-table';
import { ResidentTable } from './token-table/resident-table';
import type { TokenTable } from './token-table/token-table';

/**
 * Loads a decoder, frozen unless `trainable`. A projection that the file has in bitsandbytes' NF4 layout becomes a 4-bit layer, any other a dense one.
 * @throws UserError listing every missing, misshapen or unexpected tensor
 */
export function loadDecoder<C extends DecoderConfig>(
  source: WeightSource,
  config: C,
  family: FamilyParts<C>,
  options: DecoderOptions = {},
): CausalDecoder {
  const places = checkedPlaces(source, config, family, options);
  const reader = new TensorReader(source, options);
  try {
    return new CausalDecoder(config, readParts(reader, config, places));
  } catch (error) {
    reader.disposeAll();
    throw error;
  }
}

interface Places {
  names: DecoderNames;
  plan: LayerPlan;
  prefix: DecoderPrefix;
}

/** Where a decoder's tensors lie. @throws UserError listing every missing, misshapen or unexpected one */
export function checkedPlaces<C extends DecoderConfig>(
  source: WeightSource,
  config: C,
  { name: family, names, layer }: FamilyParts<C>,
  options: DecoderOptions,
): Places {
  const prefix = findDecoder(source, names, { family, body: options.prefix });
  const plan = layer(config);
  checkDecoder(source, expectedTensors(config, names, plan, prefix), prefix, family);
  return { names, plan, prefix };
}

function readParts(reader: TensorReader, config: DecoderConfig, { names, plan, prefix }: Places): CausalParts {
  const { body } = prefix;
  const blocks = Array.from({ length: config.layers }, (_, index) => {
    const path = `${body}layers.${index}`;
    const linears = layerLinears(plan).map(({ name }) => [name, reader.linear(`${path}.${name}`)] as const);
    const norms = layerNorms(plan, (name) => reader.vector(`${path}.${name}.weight`));
    return new DecoderBlock(config, plan, index, norms, path, new Map(linears));
  });
  const embeddings = `${body}${names.embedding}.weight`;
  const head = prefix.head.replace(/\.weight$/, '');
  const { table, linear } = config.tieWordEmbeddings
    ? tied(reader.matrix(embeddings), head)
    : { table: reader.table(embeddings), linear: reader.linear(head) };
  const normName = `${body}${names.norm}.weight`;
  const norm = reader.vector(normName);
  const values = { [embeddings]: table instanceof LearningTable ? table.table : undefined, [normName]: norm };
  const learning = Object.entries(values).flatMap(([name, value]): Parameter[] =>
    value instanceof tf.Variable ? [{ name, value, group: 'decoder' }] : [],
  );
  return { table, blocks, norm, head: linearSlot(head, linear), learning };
}

/** Embeddings and head of one matrix, which it takes over. */
function tied(matrix: tf.Tensor2D, head: string): { table: TokenTable; linear: Linear } {
  if (matrix instanceof tf.Variable) {
    const variable = matrix as tf.Variable;
    return {
      table: new LearningTable(variable),
      linear: new DenseLinear({ name: head, weight: matrix, trainable: true }),
    };
  }
  return { table: new ResidentTable(matrix), linear: new DenseLinear({ name: head, weight: tf.clone(matrix) }) };
}

function layerNorms({ attentionNorm, mlpNorm, headNorms }: LayerPlan, norm: (name: string) => tf.Tensor1D): LayerNorms {
  return {
    attention: norm(attentionNorm),
    mlp: norm(mlpNorm),
    ...(headNorms && { heads: { query: norm(headNorms.query), key: norm(headNorms.key) } }),
  };
}
