import { medianOf } from './median';

/** What a process holds at one moment. */
export interface Held {
  /** Of tfjs, raw ones included. */
  tensors: number;
  /** Arrays on TensorFlow's side. */
  handles: number;
  rssMb: number;
}

export interface Growth {
  tensors: Spread;
  handles: Spread;
  /** Median of the moments of each quarter, in 10⁶ bytes. */
  rss_mb: number[];
  /** What is more at the end, in words. */
  grown: string[];
}

interface Spread {
  middle: number;
  last: number;
}

/** Of resident memory, what the allocator and JavaScript's heap may have more at the end than in the second quarter. */
const allowedShare = 0.02;
const allowedMb = 4;

/**
 * Whether what is held at many moments grows: tensors and handles must be as many at the last one as in the middle; of resident memory the
 * median of the last quarter may be 2 % (or 4 MB) above that of the second, the first being when caches fill.
 */
export function growthOf(moments: readonly Held[]): Growth {
  const spread = (of: 'tensors' | 'handles'): Spread => ({
    middle: moments[moments.length >> 1]?.[of] ?? NaN,
    last: moments.at(-1)?.[of] ?? NaN,
  });
  const quarter = (at: number): number =>
    medianOf(
      moments
        .slice(Math.floor((at * moments.length) / 4), Math.floor(((at + 1) * moments.length) / 4))
        .map(({ rssMb }) => rssMb),
    );
  const growth: Growth = {
    tensors: spread('tensors'),
    handles: spread('handles'),
    rss_mb: [0, 1, 2, 3].map(quarter),
    grown: [],
  };
  for (const of of ['tensors', 'handles'] as const) {
    const { middle, last } = growth[of];
    if (!(last <= middle)) growth.grown.push(`${of} from ${middle} to ${last}`);
  }
  const [, second, , fourth] = growth.rss_mb as [number, number, number, number];
  if (!(fourth - second <= Math.max(allowedMb, allowedShare * second)))
    growth.grown.push(`resident memory from ${second.toFixed(1)} to ${fourth.toFixed(1)} MB`);
  return growth;
}
