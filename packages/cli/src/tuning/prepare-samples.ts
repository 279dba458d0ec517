import { fail, type Sample } from '@moslora/specs';
import { collate, widenSlots } from '@moslora/tokenization';
import { encodeSamples, type EncodedSample, type EncodeOptions } from './encode-samples';

/** How many broken samples one error shows. */
const mostShown = 20;

export interface PrepareOptions extends EncodeOptions {
  maxLength: number;
  /** N, the positions a picture takes. */
  patchesPerSlot: number;
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
  dropped: { id: string; reason: string }[];
}

/**
 * The samples of each part that can be trained on, as ids and labels, before any picture is looked at.
 * @throws UserError listing the broken ones
 */
export function prepareSamples(
  parts: readonly (readonly Sample[])[],
  options: PrepareOptions,
): { kept: EncodedSample[][]; counts: ConversationCounts } {
  const all = parts.map((samples) => encodeSamples(samples, options));
  const problems = all.flatMap((part) => part.problems);
  if (problems.length > 0) {
    const hidden = problems.length - mostShown;
    const rest = hidden > 0 ? [{ what: `and ${hidden} more samples with problems` }] : [];
    fail([...problems.slice(0, mostShown), ...rest]);
  }
  const counts: ConversationCounts = { samples: 0, trainedTokens: 0, positions: 0, longest: 0, dropped: [] };
  const kept = all.map(({ encoded }) => encoded.filter((sample) => countSample(sample, counts, options)));
  if (counts.samples === 0) {
    const [first] = counts.dropped;
    fail({
      what: 'Every sample was left out',
      got: first ? `sample ${first.id}: ${first.reason}` : 'no samples at all',
      fix: `raise train.maxLength (now ${options.maxLength})`,
    });
  }
  return { kept, counts };
}

/** Counts a sample, or notes why it is left out. */
function countSample(
  { sample, encoded }: EncodedSample,
  counts: ConversationCounts,
  { patchesPerSlot, maxLength }: PrepareOptions,
): boolean {
  const { dropped, trainedTokens, length } = collate([encoded], { patchesPerSlot, padId: 0, maxLength });
  if (dropped[0]) {
    counts.dropped.push({ id: sample.id, reason: dropped[0].reason });
    return false;
  }
  counts.samples++;
  counts.trainedTokens += trainedTokens;
  counts.positions += length;
  counts.longest = Math.max(counts.longest, widenSlots(encoded, patchesPerSlot).inputIds.length);
  return true;
}
