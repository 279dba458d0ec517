import type { WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { GgufFile } from '../gguf-file';
import { float32, string, uint32, type Metadata } from '../metadata';
import { tensorTypes, type TensorType } from '../tensor-type';
import { tokenizerMetadata, withoutTokenizer } from '../tokenizer/tokenizer-metadata';
import { writeGguf, type TensorToWrite } from '../write-gguf';
import { families, type GgufDecoderShape, type GgufFamily } from './decoder-shape';
import { ropeScaling } from './rope-scaling';
import { halvesApart, neighbouringPairs } from './rotary-order';
import { ggufName } from './tensor-names';

export interface DecoderToWrite {
  /** Under Hugging Face's names, dense; tensors that a decoder does not have are an error. */
  weights: WeightSource;
  /** model_type of config.json. */
  family: string;
  shape: GgufDecoderShape;
  /** Folder of tokenizer.json and tokenizer_config.json. Without it every piece of text is a made-up one: only ids go in and out. */
  tokenizer?: string;
  /** What matrices are stored as. With Q4_0 the head is Q8_0: llama.cpp's own files keep it in more bits than the rest, too. */
  type: TensorType;
  /** `general.name`. */
  name: string;
}

/** llama.cpp's numbers of the kinds of files. */
const fileTypes: Readonly<Record<TensorType, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 7, BF16: 32 };

/**
 * Writes a LLaMA, Qwen2, Qwen2.5 or Qwen3 decoder as llama.cpp reads it. Norms and biases stay float32; a matrix whose rows are no
 * whole number of blocks becomes F16.
 * @throws UserError listing what of the family, its positions, the tensors or the tokenizer cannot be written
 */
export function writeDecoder(path: string, decoder: DecoderToWrite): void {
  const { weights, shape, tokenizer, type, name } = decoder;
  const family = knownFamily(decoder.family, weights.where);
  const scaling = ropeScaling(shape, families[family], weights.where);
  const homeless = weights.names().filter((one) => ggufName(one) === undefined);
  if (homeless.length > 0) {
    const got = homeless.slice(0, 8).join(', ');
    fail({ what: `${homeless.length} tensors have no place in a decoder of llama.cpp`, where: weights.where, got });
  }
  const words =
    tokenizer === undefined ? withoutTokenizer(shape.vocabSize) : tokenizerMetadata(tokenizer, shape.vocabSize);
  const tensors = weights
    .names()
    .filter((one) => !(shape.tieWordEmbeddings && one === 'lm_head.weight'))
    .map((one) => tensorToWrite(weights, one, { shape, family, wanted: type }));
  const { divisors } = scaling;
  if (divisors)
    tensors.push({ name: 'rope_freqs.weight', type: 'F32', shape: [divisors.length], values: () => divisors });
  const general: Metadata = {
    'general.architecture': string(families[family]),
    'general.type': string('model'),
    'general.name': string(name),
    'general.file_type': uint32(fileTypes[type]),
    'general.quantization_version': uint32(2),
  };
  writeGguf(path, { ...general, ...maths(shape, families[family]), ...scaling.metadata, ...words }, tensors);
}

function knownFamily(family: string, where: string): GgufFamily {
  if (family in families) return family as GgufFamily;
  const expected = Object.keys(families).join(', ');
  return fail({ what: 'Decoders of this family are not written to GGUF here', where, got: family, expected });
}

function maths(shape: GgufDecoderShape, family: string): Metadata {
  const values: Metadata = {
    vocab_size: uint32(shape.vocabSize),
    context_length: uint32(shape.maxPositions),
    embedding_length: uint32(shape.hiddenSize),
    block_count: uint32(shape.layers),
    feed_forward_length: uint32(shape.intermediateSize),
    'attention.head_count': uint32(shape.heads),
    'attention.head_count_kv': uint32(shape.kvHeads),
    'attention.key_length': uint32(shape.headDim),
    'attention.value_length': uint32(shape.headDim),
    'attention.layer_norm_rms_epsilon': float32(shape.rmsNormEps),
    'rope.dimension_count': uint32(shape.headDim),
    'rope.freq_base': float32(shape.rope.theta),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${family}.${key}`, value]));
}

function tensorToWrite(
  weights: WeightSource,
  stored: string,
  { shape, family, wanted }: { shape: GgufDecoderShape; family: GgufFamily; wanted: TensorType },
): TensorToWrite {
  const { shape: sides } = weights.info(stored);
  const pairedHeads = headsInPairs(stored, shape, family);
  const isHead = stored === (shape.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight');
  const type = sides.length === 1 ? 'F32' : matrixType(isHead && wanted === 'Q4_0' ? 'Q8_0' : wanted, sides.at(-1)!);
  return {
    name: ggufName(stored)!,
    type,
    shape: sides,
    values: () => {
      const values = weights.float32(stored);
      return pairedHeads === undefined ? values : neighbouringPairs(values, pairedHeads, shape.headDim);
    },
  };
}

/** How many heads the rows of a tensor belong to that llama.cpp has in another order; undefined for all others. */
function headsInPairs(stored: string, { heads, kvHeads }: GgufDecoderShape, family: string): number | undefined {
  if (family !== 'llama' || !/\.[qk]_proj\./.test(stored)) return undefined;
  return stored.includes('.q_proj.') ? heads : kvHeads;
}

/** The values of a decoder's tensor in a file that {@link writeDecoder} wrote, by its Hugging Face name, in the order it has there. */
export function decoderValues(file: GgufFile, stored: string, shape: GgufDecoderShape, family: string): Float32Array {
  const values = file.float32(ggufName(stored)!);
  const heads = headsInPairs(stored, shape, family);
  return heads === undefined ? values : halvesApart(values, heads, shape.headDim);
}

function matrixType(type: TensorType, columns: number): TensorType {
  return columns % tensorTypes[type].block === 0 ? type : 'F16';
}
