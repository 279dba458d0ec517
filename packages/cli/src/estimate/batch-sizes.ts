import { fail, UserError, type StageConfigOf } from '@moslora/specs';
import { loadTokenizer, templateFor } from '@moslora/tokenization';
import { epochLength, orderOf, planSteps } from '@moslora/training';
import { baseFolder } from '../tuning/base-source';
import { ConversationSource } from '../tuning/conversation-source';
import { pictureKey } from '../tuning/feature-store';
import { trainingParts } from '../tuning/mixture';
import { prepareSamples } from '../tuning/prepare-samples';
import type { StageContext } from '../stages/stage';
import type { BatchSizes } from './decoder-memory';
import { orElse } from '../stages/or-else';

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

/** The largest batch of a run, and how that is known. */
export interface RunSizes extends BatchSizes {
  /** Distinct pictures; as many as go through the tower at once where that is not known. */
  pictures: number;
  /** Most of them in one batch. */
  batchPictures: number;
  source: string;
}

/** Batches looked at, of a long run the first ones. */
const mostBatches = 4000;

/**
 * The largest batch that a tuning stage will see. Where its data are there they are cut into tokens, and the loop's own order says
 * which samples meet; else every sample is taken to be as long as `train.maxLength`, and a quarter of it to be trained.
 */
export async function runSizes(context: TuningContext, patchesPerPicture: number): Promise<RunSizes> {
  try {
    return await sizesOfData(context, patchesPerPicture);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { batchSize, maxLength } = context.config.train;
    return {
      ...{ batch: batchSize, tokens: maxLength, labels: Math.ceil((batchSize * maxLength) / 4) },
      ...{ pictures: 32, batchPictures: batchSize },
      source: 'train.maxLength, since the data are not there yet',
    };
  }
}

async function sizesOfData(context: TuningContext, patchesPerPicture: number): Promise<RunSizes> {
  const { config } = context;
  const { parts } = await trainingParts(context);
  const folder = tokenizerFolder(context);
  const tokenizer = loadTokenizer(folder);
  const { maxLength } = config.train;
  const { kept } = prepareSamples(
    parts.map(({ samples }) => samples),
    {
      ...{ tokenizer, template: templateFor(config.template, folder, tokenizer), maxLength },
      ...{ system: config.system, turns: config.turns, patchesPerSlot: patchesPerPicture, policy: config.policy },
    },
  );
  const weighted = kept.map((samples, index) => ({ samples, weight: parts[index]!.weight }));
  const read = (): never => fail({ what: 'no features are read for an estimate' });
  const options = { maxLength, packing: config.packing, features: { shape: [patchesPerPicture, 1] as const, read } };
  const source = new ConversationSource(weighted, options, config.order);
  const { samples: planned } = planSteps(epochLength(source), config.train);
  const order = orderOf(source, config.train);
  const { batchSize } = config.train;
  const largest = { batch: 0, tokens: 0, labels: 0, batchPictures: 0 };
  const count = Math.min(mostBatches, Math.ceil(planned / batchSize));
  for (let index = 0; index < count; index++) {
    const indices = order.slice(index * batchSize, Math.min(planned, (index + 1) * batchSize));
    const { batch, tokens, labels, pictures } = source.extent(indices);
    if (batch * tokens > largest.batch * largest.tokens) Object.assign(largest, { batch, tokens });
    largest.labels = Math.max(largest.labels, labels);
    largest.batchPictures = Math.max(largest.batchPictures, pictures);
  }
  const pictures = new Set(
    parts
      .flatMap(({ samples }) => samples)
      .flatMap((sample) => sample.images)
      .map(pictureKey),
  ).size;
  return { ...largest, pictures, source: `the largest of ${count} batches` };
}

/** The base's folder, or what it will be made from: the tokenizer is the same. */
export function tokenizerFolder(context: TuningContext): string {
  const { base } = context.config;
  const made = 'stage' in base ? context.stages[base.stage] : undefined;
  const there = orElse(() => context.input(base), undefined);
  return there ?? (made?.kind === 'quantize' ? baseFolder(made.source, context) : context.input(base));
}
