import type { WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { GgufFile } from '../gguf-file';
import { float32, string, uint32, type Metadata } from '../metadata';
import { tensorTypes, type TensorType } from '../tensor-type';
import { tokenizerMetadata, withoutTokenizer, type ChatSettings } from '../tokenizer/tokenizer-metadata';
import { writeGguf, type TensorToWrite } from '../write-gguf';
import { families, type GgufDecoderShape, type GgufFamily } from './decoder-shape';
import { ropeScaling } from './rope-scaling';
import { gathered, scattered } from './row-order';
import { tensorPlaces, type TensorPlace } from './tensor-places';

export interface DecoderToWrite {
  /** Under Hugging Face's names, dense; tensors that a decoder does not have are an error. */
  weights: WeightSource;
  /** model_type of config.json. */
  family: string;
  shape: GgufDecoderShape;
  /** Folder of tokenizer.json and tokenizer_config.json. Without it every piece of text is a made-up one: only ids go in and out. */
  tokenizer?: string;
  /** How conversations are put; the tokenizer's own by default. */
  chat?: ChatSettings | undefined;
  /** What matrices are stored as. With Q4_0 the head is Q8_0: llama.cpp's own files keep it in more bits than the rest, too. */
  type: TensorType;
  /** `general.name`. */
  name: string;
}

/** llama.cpp's numbers of the kinds of files. */
const fileTypes: Readonly<Record<TensorType, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 7, BF16: 32 };

/**
 * Writes a LLaMA, InternLM2, Qwen2, Qwen2.5 or Qwen3 decoder as llama.cpp reads it. Norms and biases stay float32; a matrix whose rows are no
 * whole number of blocks becomes F16.
 * @throws UserError listing what of the family, its positions, the tensors or the tokenizer cannot be written
 */
export function writeDecoder(path: string, decoder: DecoderToWrite): void {
  const { weights, shape, tokenizer, chat, type, name } = decoder;
  const family = knownFamily(decoder.family, weights.where);
  const architecture = architectureOf(family, weights);
  const scaling = ropeScaling(shape, architecture, weights.where);
  const places = new Map(weights.names().map((one) => [one, tensorPlaces(one, shape, family)]));
  const homeless = weights.names().filter((one) => places.get(one)!.length === 0);
  if (homeless.length > 0) {
    const got = homeless.slice(0, 8).join(', ');
    fail({ what: `${homeless.length} tensors have no place in a decoder of llama.cpp`, where: weights.where, got });
  }
  const words =
    tokenizer === undefined ? withoutTokenizer(shape.vocabSize) : tokenizerMetadata(tokenizer, shape.vocabSize, chat);
  const tensors = weights
    .names()
    .filter((one) => !(shape.tieWordEmbeddings && isOutput(one)))
    .flatMap((one) => places.get(one)!.map((place) => tensorToWrite(weights, one, { place, shape, wanted: type })));
  const { divisors } = scaling;
  if (divisors)
    tensors.push({ name: 'rope_freqs.weight', type: 'F32', shape: [divisors.length], values: () => divisors });
  const general: Metadata = {
    'general.architecture': string(architecture),
    'general.type': string('model'),
    'general.name': string(name),
    'general.file_type': uint32(fileTypes[type]),
    'general.quantization_version': uint32(2),
  };
  writeGguf(path, { ...general, ...maths(shape, architecture), ...scaling.metadata, ...words }, tensors);
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

const isOutput = (stored: string): boolean => /^(lm_head|output)\.weight$/.test(stored);

/** llama.cpp's InternLM2 has no bias after the attention; its LLaMA has, and computes the same. */
function architectureOf(family: GgufFamily, weights: WeightSource): string {
  const outBias = weights.names().some((name) => name.endsWith('.attention.wo.bias'));
  return outBias ? families.llama : families[family];
}

function tensorToWrite(
  weights: WeightSource,
  stored: string,
  { place, shape, wanted }: { place: TensorPlace; shape: GgufDecoderShape; wanted: TensorType },
): TensorToWrite {
  const { name, rows } = place;
  const sides = [...weights.info(stored).shape];
  const columns = sides.slice(1).reduce((a, b) => a * b, 1);
  const isHead = name === (shape.tieWordEmbeddings ? 'token_embd.weight' : 'output.weight');
  const type = sides.length === 1 ? 'F32' : matrixType(isHead && wanted === 'Q4_0' ? 'Q8_0' : wanted, columns);
  return {
    name,
    type,
    shape: rows ? [rows.length, ...sides.slice(1)] : sides,
    values: () => {
      const values = weights.float32(stored);
      return rows ? gathered(values, rows, columns) : values;
    },
  };
}

/** The values of a decoder's tensor in a file that {@link writeDecoder} wrote, by its Hugging Face name, in the order it has there. */
export function decoderValues(file: GgufFile, stored: string, shape: GgufDecoderShape, family: string): Float32Array {
  const parts = tensorPlaces(stored, shape, family).map(({ name, rows }) => ({ rows, values: file.float32(name) }));
  const [first] = parts;
  if (first === undefined) throw new Error(`${file.path}: ${stored} has no place in it`);
  if (first.rows === undefined) return first.values;
  const whole = new Float32Array(parts.reduce((sum, { values }) => sum + values.length, 0));
  for (const { rows, values } of parts) scattered(whole, values, rows!, values.length / rows!.length);
  return whole;
}

function matrixType(type: TensorType, columns: number): TensorType {
  return columns % tensorTypes[type].block === 0 ? type : 'F16';
}
