/**
 * The 16 values of NF4: quantiles of a standard normal distribution, scaled to [-1, 1], with an exact zero at index 7.
 * Source: Dettmers et al., QLoRA (2023), appendix E.
 */
export const nf4Code: Float32Array = Float32Array.of(
  -1.0,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0.0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1.0,
);

/** Index of the value 0, with which an odd tail is padded. */
export const nf4Zero = 7;

/** Values that share one absmax, where nothing else is said. */
export const defaultBlockSize = 64;

/** Boundary i lies halfway between values i and i + 1, rounded to float32: a value above it (strictly) takes index i + 1 or more. */
export const nf4Boundaries: Float32Array = Float32Array.from({ length: 15 }, (_, i) =>
  Math.fround((nf4Code[i]! + nf4Code[i + 1]!) / 2),
);
