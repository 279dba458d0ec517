import { issueProblems, WeightFolder, type WeightSource } from '@moslora/checkpoint';
import type { DecoderFamily, DecoderPrefix } from '@moslora/decoder';
import { decoderPlace, familyFor, type PartPlace } from '@moslora/model-llava';
import { isNf4, isNf4Part } from '@moslora/quantized-base';
import { isNative } from '@moslora/runtime';
import { fail, type StageConfigOf } from '@moslora/specs';
import { z } from 'zod';
import { baseFolder } from '../tuning/base-source';
import type { StageContext } from '../stages/stage';
import type { DecoderSizes, Precision } from './decoder-memory';
import { orElse } from '../stages/or-else';
import { publishedShape } from './published-shapes';

/** A base model's sizes, and how its weights are stored. */
export interface BaseSizes extends Omit<DecoderSizes, 'widenedHead' | 'largestUnpacked'> {
  /** Every projection of the decoder by its module's path, and (out, in). */
  projections: { path: string; out: number; in: number; inFour: boolean }[];
  /** Bytes in memory of everything that is not in 4 bits, and of what is. Embeddings that are not the head, too, stay in their file. */
  dense: number;
  packed: number;
  /** Bytes of the head's weight in float32 where it is kept in 16 bits, else 0. */
  narrowHead: number;
  /** All values of the decoder: embeddings, norms, biases and head too. */
  values: number;
  /** Where the sizes were read. */
  from: string;
  /** Whether prompts that begin alike may share their beginning: a dynamic rotation depends on the whole length. */
  sharesBeginnings: boolean;
  /** Whether only a published configuration says them: nothing is here to train. */
  absent: boolean;
}

const configSchema = z.looseObject({
  model_type: z.string(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().nullish(),
  head_dim: z.int().positive().nullish(),
  intermediate_size: z.int().positive(),
  rope_scaling: z.looseObject({ type: z.string().optional(), rope_type: z.string().optional() }).nullish(),
});

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

/** Sizes of a tuning stage's base, from the headers of its files; before it is quantised, from config.json of what it will be made from. */
export async function baseSizes(context: TuningContext): Promise<BaseSizes> {
  const { base } = context.config;
  const there = orElse(() => context.input(base), undefined);
  if (there !== undefined) {
    const place = decoderPlace(there);
    const source = WeightFolder.open(place.weights);
    try {
      return await sizesOf(place, {
        source,
        bytesOf: (name) => storedBytes(source, name),
        isInFour: (name) => isNf4(source, name),
      });
    } finally {
      source.close();
    }
  }
  const quantize = 'stage' in base ? context.stages[base.stage] : undefined;
  if (quantize?.kind !== 'quantize') {
    const place = placeOf(base, () => context.input(base));
    return sizesOf(place, { bytesOf: asStored, isInFour: () => false });
  }
  const inFour = (name: string): boolean =>
    /\blayers\.\d+\..+\.weight$/.test(name) && !quantize.skip.some((entry) => `.${name}.`.includes(`.${entry}.`));
  const perWeight = quantize.double ? 0.5 + 1 / 64 + 4 / (64 * 256) : 0.5 + 4 / 64;
  return sizesOf(
    placeOf(quantize.source, () => baseFolder(quantize.source, context)),
    {
      bytesOf: (name, shape) =>
        shape.length > 1 && inFour(name) ? perWeight * shape.reduce((a, b) => a * b, 1) : asStored(name, shape),
      isInFour: (name) => inFour(name),
    },
  );
}

/** Bytes in memory of a tensor of a model published in 16 bits. */
function asStored(_: string, shape: readonly number[]): number {
  return (shape.length > 1 && isNative() ? 2 : 4) * shape.reduce((a, b) => a * b, 1);
}

/** Where a base's configuration is: in its folder, or known of the published model that is not downloaded. */
function placeOf(reference: object, folder: () => string): PartPlace & { absent?: boolean } {
  const published = publishedShape(reference, 'decoder');
  const there = published && orElse(folder, undefined);
  if (!published || there !== undefined) return decoderPlace(there ?? folder());
  const { name, config } = published;
  return { weights: name, config, where: `${name}, config.json`, absent: true };
}

interface StoredAs {
  /** Where the tensors are, if they are there. */
  source?: WeightSource;
  /** Bytes of a tensor in memory; default: float32. */
  bytesOf?(name: string, shape: readonly number[]): number;
  isInFour(name: string): boolean;
}

async function sizesOf(
  { config: json, where, weights: folder, absent = false }: PartPlace & { absent?: boolean },
  { source, bytesOf, isInFour }: StoredAs,
): Promise<BaseSizes> {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) return fail(issueProblems(parsed.error, where, json));
  const config = parsed.data;
  const family = await familyFor(config.model_type, where);
  const tensors = [...family.tensors(config, source && prefixIn(source, family, config))];
  const bytes = bytesOf ?? ((_, shape) => 4 * shape.reduce((a, b) => a * b, 1));
  const matrices = tensors.filter(([, shape]) => shape.length === 2);
  const [vocabulary, width] = matrices.find(([name]) => /embed/.test(name))![1] as [number, number];
  const projections = matrices
    .filter(([name]) => !/embed/.test(name))
    .map(([name, [out, inner]]) => {
      const path = name.slice(0, -'.weight'.length);
      return { path, out: out!, in: inner!, inFour: isInFour(name) };
    });
  const heads = config.num_attention_heads;
  const { rope_type: rope, type = rope } = config.rope_scaling ?? {};
  const headWidth = config.head_dim ?? width / heads;
  const head = projections.find(({ path }) => !/\.\d+\./.test(path));
  const sum = (inFour: boolean): number =>
    tensors
      .filter(([name]) => head === undefined || !/embed/.test(name))
      .filter(([name, shape]) => (shape.length === 2 && isInFour(name)) === inFour)
      .reduce((total, [name, shape]) => total + bytes(name, shape), 0);
  const headBytes = head ? bytes(`${head.path}.weight`, [head.out, head.in]) : bytes('', [vocabulary, width]);
  return {
    layers: new Set(projections.flatMap(({ path }) => /\.layers\.(\d+)\./.exec(path)?.[1] ?? [])).size,
    ...{ width, vocabulary, heads, inner: config.intermediate_size, from: folder },
    queryWidth: heads * headWidth,
    keyWidth: (config.num_key_value_heads ?? heads) * headWidth,
    ...{ projections, dense: sum(false), packed: sum(true) },
    values: tensors.reduce((total, [, shape]) => total + shape.reduce((a, b) => a * b, 1), 0),
    absent,
    sharesBeginnings: type !== 'dynamic',
    narrowHead: headBytes < 4 * vocabulary * width ? 4 * vocabulary * width : 0,
  };
}

/** Where a decoder lies among other parts: by the names of its embeddings and head. */
function prefixIn(source: WeightSource, family: DecoderFamily, config: object): DecoderPrefix | undefined {
  const stored = (name: string): string | undefined =>
    source.names().find((each) => each === name || each.endsWith(`.${name}`));
  const [embedding = ''] = family.tensors(config, { body: '', head: '' }).keys();
  const head = [...family.tensors(config).keys()].find((name) => !name.startsWith('model.'));
  const found = stored(embedding);
  if (found === undefined) return undefined;
  return { body: found.slice(0, -embedding.length), head: (head && stored(head)) ?? '' };
}

/** Bytes in memory of a tensor and, of a 4-bit one, its scales. */
function storedBytes(source: WeightSource, name: string): number {
  if (!source.has(name)) return 0;
  const { dtype, shape, byteLength } = source.info(name);
  if (isNf4(source, name)) {
    const parts = source.names().filter((other) => other.startsWith(`${name}.`) && isNf4Part(other));
    return [name, ...parts].reduce((sum, part) => sum + source.info(part).byteLength, 0);
  }
  const narrow = isNative() && shape.length > 1 && (dtype === 'BF16' || dtype === 'F16');
  return narrow ? byteLength : 4 * shape.reduce((a, b) => a * b, 1);
}

/** What a base takes in memory once it is loaded and once it has been used, and what of it a pass widens or unpacks. */
export function baseMemory(
  base: BaseSizes,
  residency: 'packed' | 'dequantized',
  precision: Precision,
): { loaded: number; used: number; widenedHead: number; largestUnpacked: number } {
  const inFour = base.projections.filter((projection) => projection.inFour).map(({ out, in: inner }) => out * inner);
  const unpacked = inFour.reduce((sum, count) => sum + count, 0);
  const largest = Math.max(0, ...inFour);
  const packed = residency === 'packed';
  const stored = base.dense + base.packed;
  // Unpacked weights are float32 until a product in bfloat16 leaves half of that.
  const used = packed ? 0 : precision === 'bfloat16' ? 2 * unpacked + 4 * largest : 4 * unpacked;
  return {
    loaded: stored + (packed ? 0 : 4 * unpacked),
    used: stored + used,
    widenedHead: precision === 'float32' ? base.narrowHead : 0,
    largestUnpacked: packed ? largest : 0,
  };
}
