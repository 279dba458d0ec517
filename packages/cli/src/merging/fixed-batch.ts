import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';
import type { Speaker } from '@moslora/model-llava';
import { hostValues, Rng, tf } from '@moslora/runtime';

/** A batch that is the same for every model of one shape, drawn from a fixed seed. */
export interface FixedBatch {
  /** B */
  size: number;
  /** (B, T) row-major; -200 where a patch stands. */
  ids: Int32Array;
  /** Positions of texts, of (B*T). */
  rows: Int32Array;
  /** (B, 3, S, S), and S; undefined for text alone. */
  pictures: { values: Float32Array; side: number } | undefined;
}

const [size, textTokens] = [2, 24];

/** @param eyes patches a picture takes, and its side */
export function fixedBatch(
  vocabSize: number,
  imageTokenId: number | undefined,
  eyes: { patches: number; side: number } | undefined,
): FixedBatch {
  const rng = new Rng('fixed batch');
  const word = (): number => {
    const id = rng.int(vocabSize);
    return id === imageTokenId ? word() : id;
  };
  const patches = Array<number>(eyes?.patches ?? 0).fill(IMAGE_TOKEN_INDEX);
  const all = Array.from({ length: size }, () => {
    const words = Array.from({ length: textTokens }, word);
    return [words[0]!, ...patches, ...words.slice(1)];
  }).flat();
  const ids = Int32Array.from(all);
  const rows = Int32Array.from([...ids.keys()].filter((at) => ids[at] !== IMAGE_TOKEN_INDEX));
  const side = eyes?.side ?? 0;
  const values = new Rng('fixed pictures').normalArray(size * 3 * side * side);
  return { size, ids, rows, pictures: eyes && { values, side } };
}

/** Logits at the positions of the batch's texts, (n, V) row-major. */
export function batchLogits(speaker: Speaker, { size, ids, rows, pictures }: FixedBatch): Float32Array {
  return hostValues(() => {
    const seen = pictures && {
      features: speaker.features(tf.tensor4d(pictures.values, [size, 3, pictures.side, pictures.side])),
    };
    const hidden = speaker.decoder.forwardRows(speaker.embed(ids, size, seen ?? {}), rows); // (n, D)
    return speaker.decoder.logits(hidden);
  });
}

/** How far logits are from others of the same batch. */
export interface LogitDifference {
  /** max |a - b| */
  largest: number;
  /** max |b| */
  scale: number;
  /** √(Σ(a - b)² / Σb²) */
  relative: number;
  /** Positions at which both have the same likeliest token, and all positions. */
  sameToken: number;
  positions: number;
}

export function compareLogits(
  found: Float32Array,
  expected: Float32Array,
  positions: number,
  columns = expected.length / positions,
): LogitDifference {
  let [largest, scale, squaredError, squares, sameToken] = [0, 0, 0, 0, 0];
  for (let row = 0; row < positions; row += 1) {
    let [ours, theirs] = [row * columns, row * columns];
    for (let at = row * columns; at < (row + 1) * columns; at += 1) {
      const [a, b] = [found[at]!, expected[at]!];
      const difference = Math.abs(a - b);
      // Written so that a NaN shows: it is no number, and not at most another.
      if (!(difference <= largest)) largest = difference;
      scale = Math.max(scale, Math.abs(b));
      squaredError += difference ** 2;
      squares += b ** 2;
      if (a > found[ours]!) ours = at;
      if (b > expected[theirs]!) theirs = at;
    }
    if (ours === theirs) sameToken += 1;
  }
  return { largest, scale, relative: Math.sqrt(squaredError / squares), sameToken, positions };
}
