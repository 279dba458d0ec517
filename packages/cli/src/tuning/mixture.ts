import { Rng } from '@moslora/runtime';
import {
  fail,
  type Dataset,
  type DatasetContext,
  type HeldOutPart,
  type Sample,
  type StageConfigOf,
} from '@moslora/specs';
import type { StageContext } from '../stages/stage';
import { shareOf, withoutHeldOut } from './choose-samples';
import { reasonOf, type Skipped } from './skipped';

/** One part of a mixture with its data found. */
export interface OpenPart {
  part: HeldOutPart & { weight?: number };
  dataset: Dataset;
  source: DatasetContext;
}

/** The samples of a part of a mixture. */
export interface PartSamples {
  samples: Sample[];
  /** How often an epoch takes them. */
  weight: number;
}

/** What was read for a stage. */
export interface ReadParts {
  parts: PartSamples[];
  /** Rows that hold no sample, where the stage skips them. */
  skipped: Skipped[];
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
 * The samples that a tuning stage trains on, part by part. Rows that hold none are left out where its policy is to skip them.
 * @throws UserError for data that are not there, or hold nothing
 */
export async function trainingParts(context: MixtureContext): Promise<ReadParts> {
  const { data, validation, train } = context.config;
  const read = await readParts(context, data, context.where('data'));
  const held = validation?.holdOut ? (await validationSamples(context)).parts.flatMap(({ samples }) => samples) : [];
  const parts = read.parts.map((part, i) => {
    const left = withoutHeldOut(part.samples, held);
    if (left.length === 0) failHeldOut(context.where('data', i), part.samples.length);
    const { fraction } = data[i]!;
    const samples = fraction === undefined ? left : shareOf(left, fraction, new Rng(train.seed, 'fraction', i));
    return { ...part, samples };
  });
  return { ...read, parts };
}

/** The held-out samples of a tuning stage, in the order of their files; none where it has no validation. @throws as {@link trainingParts} */
export async function validationSamples(context: MixtureContext): Promise<ReadParts> {
  const { validation } = context.config;
  return validation
    ? readParts(context, validation.data, context.where('validation', 'data'))
    : { parts: [], skipped: [] };
}

function failHeldOut(where: string, count: number): never {
  return fail({
    what: 'Nothing of this data is left to train on: `validation.holdOut` leaves all of it out',
    where,
    got: `${count} samples, each with a picture or text of a held-out one`,
    fix: 'hold fewer samples out (validation.data: limit), or give other data',
  });
}

type MixtureContext = Pick<
  StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>,
  'config' | 'data' | 'where'
>;

async function readParts(
  context: MixtureContext,
  parts: readonly OpenPart['part'][],
  where: string,
): Promise<ReadParts> {
  const read: ReadParts = { parts: [], skipped: [] };
  for (const part of parts) {
    const open = { part, ...(await context.data(part)) };
    const samples = await (context.config.policy === 'skip'
      ? goodSamples(open, read.skipped)
      : samplesOf(open, part.limit));
    if (samples.length === 0) {
      fail({
        what: `dataset \`${open.dataset.name}\` has no samples in split \`${open.source.split}\``,
        where,
        fix: 'choose another split, or look whether the data is complete',
      });
    }
    read.parts.push({ samples, weight: part.weight ?? 1 });
  }
  return read;
}

/** The samples of a part, rows without one noted. `limit` counts rows, so that mending one changes no other. */
async function goodSamples({ dataset, source, part }: OpenPart, skipped: Skipped[]): Promise<Sample[]> {
  if (!dataset.rows) return samplesOf({ dataset, source }, part.limit);
  const samples: Sample[] = [];
  let rows = 0;
  for await (const { id, sample, problems } of dataset.rows(source)) {
    if (rows++ >= (part.limit ?? Infinity)) break;
    if (sample) samples.push(sample);
    else skipped.push({ id, reason: reasonOf(problems) });
  }
  return samples;
}
