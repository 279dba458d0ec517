import { fail, type Sample } from '@moslora/specs';
import { collate, widenedLength } from '@moslora/tokenization';
import { encodeSamples, type EncodedSample, type EncodeOptions } from './encode-samples';
import { reasonOf, type Skipped } from './skipped';

/** How many broken samples one error shows. */
const mostShown = 20;

export interface PrepareOptions extends EncodeOptions {
  maxLength: number;
  /** N, the positions a picture takes. */
  patchesPerSlot: number;
  /** Whether samples that cannot be trained on are an error, which it is by default, or noted in `skipped`. */
  policy?: 'fail' | 'skip' | undefined;
}

/** What became of the samples when they were cut into tokens. */
export interface ConversationCounts {
  samples: number;
  /** Label tokens of one pass over the data. */
  trainedTokens: number;
  /** Positions of one pass over the data, picture patches included. */
  positions: number;
  longest: number;
  /** Samples left out, with the reason. */
  dropped: Skipped[];
}

/**
 * The samples of each part that can be trained on, as ids and labels, before any picture is looked at.
 * @param skipped takes the broken ones where `policy` is skip
 * @throws UserError listing the broken ones, or where none is left
 */
export function prepareSamples(
  parts: readonly (readonly Sample[])[],
  options: PrepareOptions,
  skipped: Skipped[] = [],
): { kept: EncodedSample[][]; counts: ConversationCounts } {
  const all = parts.map((samples) => encodeSamples(samples, options));
  const broken = all.flatMap((part) => part.broken);
  const problems = broken.flatMap((sample) => sample.problems);
  if (options.policy === 'skip')
    skipped.push(...broken.map(({ id, problems }) => ({ id, reason: reasonOf(problems) })));
  else if (problems.length > 0) {
    const hidden = problems.length - mostShown;
    const rest = hidden > 0 ? [{ what: `and ${hidden} more samples with problems` }] : [];
    fail([...problems.slice(0, mostShown), ...rest]);
  }
  const dropped: Skipped[] = [];
  const kept = all.map(({ encoded }) => encoded.filter((sample) => fits(sample, dropped, options)));
  return { kept, counts: countSamples(kept, dropped, options, skipped) };
}

/** Whether a sample fits into `maxLength`; else it is noted why not. */
function fits(
  { sample, encoded }: EncodedSample,
  all: Skipped[],
  { patchesPerSlot, maxLength }: PrepareOptions,
): boolean {
  const { dropped } = collate([encoded], { patchesPerSlot, padId: 0, maxLength });
  if (dropped[0]) all.push({ id: sample.id, reason: dropped[0].reason });
  return dropped.length === 0;
}

/** Counts the samples that are kept. @throws UserError where there are none, with the first that was left out */
export function countSamples(
  kept: readonly (readonly EncodedSample[])[],
  dropped: Skipped[],
  { patchesPerSlot, maxLength }: PrepareOptions,
  skipped: readonly Skipped[] = [],
): ConversationCounts {
  const counts: ConversationCounts = { samples: 0, trainedTokens: 0, positions: 0, longest: 0, dropped };
  for (const { encoded } of kept.flat()) {
    const { trainedTokens, length } = collate([encoded], { patchesPerSlot, padId: 0, maxLength });
    counts.samples++;
    counts.trainedTokens += trainedTokens;
    counts.positions += length;
    counts.longest = Math.max(counts.longest, widenedLength(encoded, patchesPerSlot));
  }
  if (counts.samples > 0) return counts;
  const [first] = [...dropped, ...skipped];
  return fail({
    what: 'Every sample was left out',
    got: first ? `sample ${first.id}: ${first.reason}` : 'no samples at all',
    fix:
      dropped.length > 0
        ? `raise train.maxLength (now ${maxLength})`
        : 'see what is wrong with the data: npx moslora validate-data',
  });
}
