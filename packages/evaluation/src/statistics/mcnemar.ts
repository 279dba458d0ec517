/** McNemar's test of two runs over the same questions. */
export interface PairedTest {
  questions: number;
  /** Questions that only the first, or only the second run has right. */
  onlyFirst: number;
  onlySecond: number;
  /** How likely so uneven a split (or a more uneven one) is if neither run is better, two-sided. */
  p: number;
}

/**
 * McNemar's exact test: of the n = b + c questions that one run alone has right, the number that is the first run's is binomial(n, 1/2)
 * where neither is better; p = min(1, 2 P(X <= min(b, c))).
 */
export function mcnemar(first: readonly boolean[], second: readonly boolean[]): PairedTest {
  let [onlyFirst, onlySecond] = [0, 0];
  first.forEach((right, i) => {
    if (right && !second[i]) onlyFirst += 1;
    if (!right && second[i]) onlySecond += 1;
  });
  return { questions: first.length, onlyFirst, onlySecond, p: twoSided(onlyFirst, onlySecond) };
}

function twoSided(b: number, c: number): number {
  const n = b + c;
  // Terms n-over-k / 2^n through their logarithms, so that thousands of questions do not overflow.
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(b, c); k += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}
