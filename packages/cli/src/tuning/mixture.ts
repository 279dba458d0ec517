import { createHash } from 'node:crypto';
import { Rng } from '@moslora/runtime';
import {
  fail,
  type Dataset,
  type DatasetContext,
  type ImageRef,
  type MixturePart,
  type Sample,
  type StageConfigOf,
} from '@moslora/specs';
import type { StageContext } from '../stages/stage';

/** One part of a mixture with its data found. */
export interface OpenPart {
  part: MixturePart;
  dataset: Dataset;
  source: DatasetContext;
}

/** The samples of a split, at most `limit` of them. */
export async function samplesOf(
  { dataset, source }: Pick<OpenPart, 'dataset' | 'source'>,
  limit = Infinity,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  if (limit === 0) return samples;
  for await (const sample of dataset.samples(source)) {
    samples.push(sample);
    if (samples.length >= limit) break;
  }
  return samples;
}

/**
 * The samples of every part, each part repeated `weight` times: 1 takes every sample once, 2.5 every sample twice and a seeded half
 * of them a third time. The order is the loop's business.
 * @throws UserError for a part without samples, naming dataset and split
 */
export async function mixSamples(parts: readonly OpenPart[], seed: number, where: string): Promise<Sample[][]> {
  const mixed: Sample[][] = [];
  for (const [index, open] of parts.entries()) {
    const samples = await samplesOf(open, open.part.limit);
    if (samples.length === 0) {
      fail({
        what: `dataset \`${open.dataset.name}\` has no samples in split \`${open.source.split}\``,
        where,
        fix: 'choose another split, or look whether the data is complete',
      });
    }
    mixed.push(repeatByWeight(samples, open.part.weight, new Rng(seed, 'mixture', index)));
  }
  return mixed;
}

/**
 * The samples of a tuning stage as they follow one another in training: one part after the other, or all in one part to be shuffled.
 * @throws UserError for data that are not there, or hold nothing
 */
export async function trainingParts(context: MixtureContext): Promise<Sample[][]> {
  const { data, order } = context.config;
  const mixture = await mixSamples(await openParts(context, data), context.seed, context.where('data'));
  const kept = context.config.validation?.holdOut
    ? withoutPictures(mixture, await validationSamples(context))
    : mixture;
  return order === 'parts' ? kept : [kept.flat()];
}

/** The samples that show none of the pictures of `held`. */
function withoutPictures(parts: readonly Sample[][], held: readonly Sample[]): Sample[][] {
  const shown = new Set(held.flatMap(({ images }) => images.map(pictureKey)));
  return parts.map((samples) => samples.filter(({ images }) => !images.some((image) => shown.has(pictureKey(image)))));
}

const pictureKey = (image: ImageRef): string =>
  'path' in image ? image.path : createHash('sha256').update(image.bytes).digest('hex');

/**
 * The held-out samples of a tuning stage, in the order of their files; none where it has no validation.
 * @throws UserError for data that are not there, or hold nothing
 */
export async function validationSamples(context: MixtureContext): Promise<Sample[]> {
  const { validation } = context.config;
  if (!validation) return [];
  const open = await openParts(context, validation.data);
  return (await mixSamples(open, context.seed, context.where('validation', 'data'))).flat();
}

type MixtureContext = Pick<
  StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>,
  'config' | 'data' | 'seed' | 'where'
>;

function openParts({ data }: MixtureContext, parts: readonly MixturePart[]): Promise<OpenPart[]> {
  return Promise.all(parts.map(async (part) => ({ part, ...(await data(part)) })));
}

/** Every element floor(weight) times, and a random choice of the rest of the weight once more. */
export function repeatByWeight<T>(elements: readonly T[], weight: number, rng: Rng): T[] {
  const whole = Math.floor(weight);
  const repeated = Array.from({ length: whole }, () => elements).flat();
  const extra = [...elements];
  rng.shuffle(extra);
  return [...repeated, ...extra.slice(0, Math.round((weight - whole) * elements.length))];
}
