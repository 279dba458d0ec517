import { type Problem, type Sample, UserError } from '@moslora/specs';
import { collate, IMAGE_TOKEN_INDEX, widenSlots, type EncodedConversation } from '@moslora/tokenization';
import { encodeSample } from '../tuning/encode-samples';
import { samplesOf, type OpenPart } from '../tuning/mixture';
import type { StageData } from './stage-data';

/** What one part of the mixture holds. */
export interface DatasetCounts {
  dataset: string;
  split: string;
  samples: number;
  /** How often each is drawn. */
  weight: number;
  pictures: number;
  /** Picture positions included. */
  positions: number;
  picturePositions: number;
  trainedTokens: number;
  /** Samples that cannot be trained on. */
  broken: number;
}

export interface Lengths {
  min: number;
  median: number;
  p95: number;
  max: number;
}

/** A sample as training sees it. */
export interface ShownSample {
  dataset: string;
  split: string;
  id: string;
  pictures: number;
  /** Positions, picture patches included. */
  length: number;
  trainedTokens: number;
  /** Ids and labels, one position per patch, cut where training cuts them. */
  encoded: EncodedConversation;
}

export interface DataReport {
  datasets: DatasetCounts[];
  /** Positions of all samples; undefined where no sample could be cut into tokens. */
  lengths: Lengths | undefined;
  /** Samples cut at the end, since they are longer than `maxLength`. */
  cut: number;
  /** Share of the positions that are not trained, in the mixture as it is drawn. */
  maskedShare: number;
  samples: ShownSample[];
  problems: Problem[];
}

export interface InspectOptions {
  /** Samples to show, spread evenly over the data. */
  samples: number;
  /** Samples of each part to look at; all. */
  limit?: number | undefined;
}

/** Cuts every sample of a stage's data into tokens and reports what training would see. */
export async function inspectData({ parts, options }: StageData, asked: InspectOptions): Promise<DataReport> {
  const datasets: DatasetCounts[] = [];
  const lengths: number[] = [];
  const shown: ShownSample[] = [];
  const problems: Problem[] = [];
  let cut = 0;
  for (const open of parts) {
    const samples = await samplesOf(open, Math.min(open.part.limit ?? Infinity, asked.limit ?? Infinity));
    const counts = emptyCounts(open, samples);
    datasets.push(counts);
    const chosen = spread(samples.length, Math.ceil(asked.samples / parts.length));
    samples.forEach((sample, index) => {
      const looked = look(sample, counts, options, problems);
      if (!looked) return;
      lengths.push(looked.length);
      if (looked.length > options.maxLength) cut++;
      if (chosen.has(index)) shown.push(looked);
    });
  }
  return {
    datasets,
    lengths: lengths.length === 0 ? undefined : quantiles(lengths),
    cut,
    maskedShare: masked(datasets),
    samples: shown.slice(0, asked.samples),
    problems,
  };
}

function emptyCounts({ dataset, source, part }: OpenPart, samples: readonly Sample[]): DatasetCounts {
  return {
    ...{ dataset: dataset.name, split: source.split, samples: samples.length, weight: part.weight ?? 1 },
    ...{ pictures: 0, positions: 0, picturePositions: 0, trainedTokens: 0, broken: 0 },
  };
}

/** Cuts one sample into tokens, counts it, or notes why it cannot be trained on. */
function look(
  sample: Sample,
  counts: DatasetCounts,
  options: StageData['options'],
  problems: Problem[],
): ShownSample | undefined {
  const { dataset, split } = counts;
  const named = (problem: Problem): Problem => ({
    ...problem,
    where: `${dataset}, split ${split}, sample ${sample.id}`,
  });
  try {
    const { encoded } = encodeSample(sample, options);
    const { patchesPerSlot, maxLength } = options;
    const { dropped, trainedTokens } = collate([encoded], { patchesPerSlot, maxLength, padId: 0 });
    const wide = widenSlots(encoded, patchesPerSlot);
    if (dropped[0]) {
      counts.broken++;
      problems.push(
        named({
          what: 'A sample has no trained token',
          got: dropped[0].reason,
          fix: `raise train.maxLength (now ${maxLength}), or take the sample out of the data`,
        }),
      );
    }
    counts.pictures += sample.images.length;
    counts.positions += wide.inputIds.length;
    counts.picturePositions += wide.inputIds.filter((id) => id === IMAGE_TOKEN_INDEX).length;
    counts.trainedTokens += trainedTokens;
    const { length } = wide.inputIds;
    const pictures = sample.images.length;
    return { dataset, split, id: sample.id, pictures, length, trainedTokens, encoded: cutAt(wide, maxLength) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    counts.broken++;
    problems.push(...error.problems.map(named));
    return undefined;
  }
}

/** What of a sample a batch holds. */
function cutAt({ inputIds, labels, branches }: EncodedConversation, maxLength: number): EncodedConversation {
  const cut = <T>(values: T[]): T[] => values.slice(0, maxLength);
  return { inputIds: cut(inputIds), labels: cut(labels), ...(branches ? { branches: cut(branches) } : {}) };
}

/** Share of untrained positions when every part is drawn by its weight. */
function masked(datasets: readonly DatasetCounts[]): number {
  const total = datasets.reduce((sum, { positions, weight }) => sum + positions * weight, 0);
  const trained = datasets.reduce((sum, { trainedTokens, weight }) => sum + trainedTokens * weight, 0);
  return total === 0 ? 0 : 1 - trained / total;
}

/** `count` indices spread evenly over 0 … total - 1. */
function spread(total: number, count: number): Set<number> {
  const taken = Math.min(total, count);
  return new Set(Array.from({ length: taken }, (_, index) => Math.floor(((index + 0.5) * total) / taken)));
}

/** Nearest-rank quantiles. */
function quantiles(values: readonly number[]): Lengths {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { min: at(0), median: at(0.5), p95: at(0.95), max: at(1) };
}
