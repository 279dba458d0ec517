/** What this project and llama.cpp think at one position of the same ids. */
export interface Position {
  /** All logits of ours, in float32. */
  ours: ArrayLike<number>;
  /** llama.cpp's logits of some ids, its likeliest among them. */
  theirs: readonly (readonly [id: number, logit: number])[];
}

export interface NearTies {
  positions: number;
  /** Over the positions where the likeliest ids are the same: the largest difference of a logit of the ids that llama.cpp told. */
  difference: { median: number; largest: number };
  /** At each position where they differ: how much higher ours of its own choice is than ours of llama.cpp's. */
  gaps: number[];
  /** Median over all positions of how far our likeliest is above the second. */
  usualGap: number;
  /** Positions where our two likeliest are within {@link reach}. */
  open: number;
  /** Twice the largest difference: logits that are off by d each cannot change the order of two that are more than 2 d apart. */
  reach: number;
}

/** Holds positions where tokens differ against what llama.cpp's logits are off by where they are the same: differing ones are near-ties where they lie within reach. */
export function nearTies(positions: readonly Position[]): NearTies {
  const seen = positions.map(({ ours, theirs }) => {
    const difference = Math.max(...theirs.map(([id, logit]) => Math.abs(logit - ours[id]!)));
    const [likeliest, second] = twoLikeliest(ours);
    const choice = theirs.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
    return { difference, top: ours[likeliest]! - ours[second]!, gap: ours[likeliest]! - ours[choice]! };
  });
  const agreeing = seen.filter(({ gap }) => gap === 0).map(({ difference }) => difference);
  agreeing.sort((a, b) => a - b);
  const tops = seen.map(({ top }) => top).sort((a, b) => a - b);
  const difference = { median: agreeing[agreeing.length >> 1] ?? NaN, largest: agreeing.at(-1) ?? NaN };
  const reach = 2 * difference.largest;
  return {
    ...{ positions: positions.length, difference, reach },
    gaps: seen.map(({ gap }) => gap).filter((gap) => gap > 0),
    usualGap: tops[tops.length >> 1]!,
    open: tops.filter((top) => top <= reach).length,
  };
}

/** Indices of the highest value and of the next. */
function twoLikeliest(values: ArrayLike<number>): [number, number] {
  let [first, second] = [0, -1];
  for (let at = 1; at < values.length; at++) {
    if (values[at]! > values[first]!) [first, second] = [at, first];
    else if (second < 0 || values[at]! > values[second]!) second = at;
  }
  return [first, second];
}
