/** What this project and llama.cpp think at one position of the same ids. */
export interface Position {
  /** All logits of ours, in float32. */
  ours: ArrayLike<number>;
  /** llama.cpp's logits of some ids, its likeliest among them. */
  theirs: readonly (readonly [id: number, logit: number])[];
}

export interface NearTies {
  positions: number;
  /** Over the positions: the largest difference of a logit of the ids that llama.cpp told. */
  difference: { median: number; largest: number };
  /** At each position where the likeliest ids differ: how much higher ours of its own choice is than ours of llama.cpp's. */
  gaps: number[];
  /** Median over all positions of how far our likeliest is above the second. */
  usualGap: number;
  /** Positions where our two likeliest are no further apart than twice the largest difference: more cannot flip. */
  open: number;
}

/**
 * Says whether differing tokens are near-ties: at each of them our logits of both choices lie within twice what llama.cpp's logits are off by
 * anyhow. Logits that are off by d each cannot change the order of two that are more than 2 d apart.
 */
export function nearTies(positions: readonly Position[]): NearTies {
  const seen = positions.map(({ ours, theirs }) => {
    const difference = Math.max(...theirs.map(([id, logit]) => Math.abs(logit - ours[id]!)));
    const [likeliest, second] = twoLikeliest(ours);
    const choice = theirs.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
    return { difference, top: ours[likeliest]! - ours[second]!, gap: ours[likeliest]! - ours[choice]! };
  });
  const differences = seen.map(({ difference }) => difference).sort((a, b) => a - b);
  const tops = seen.map(({ top }) => top).sort((a, b) => a - b);
  const largest = differences.at(-1)!;
  return {
    positions: positions.length,
    difference: { median: differences[differences.length >> 1]!, largest },
    gaps: seen.map(({ gap }) => gap).filter((gap) => gap > 0),
    usualGap: tops[tops.length >> 1]!,
    open: tops.filter((top) => top <= 2 * largest).length,
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
