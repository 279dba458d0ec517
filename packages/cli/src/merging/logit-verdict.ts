import { Disagreement } from '../exit-codes';
import type { LogitDifference } from './fixed-batch';
import type { StoredAs } from './write-weights';

/** Most that the relative error of a model's logits may be once its weights are rounded to 16 bits; of 4 bits it is only told. */
const most: Partial<Record<StoredAs, number>> = { bfloat16: 0.1, float16: 0.02 };

/** @throws Disagreement where rounding alone does not explain the difference */
export function judgeLogits(difference: LogitDifference, as: StoredAs): void {
  const allowed = most[as] ?? Infinity;
  // A NaN is at most nothing.
  if (difference.relative <= allowed || as === 'nf4') return;
  throw new Disagreement(
    `The written model does not compute what base and adapter do together: ${logitLine(difference)}; ` +
      `a relative error of ${allowed} is what rounding to ${as} may bring. Nothing was left behind.`,
  );
}

/** For people. */
export function logitLine({ largest, scale, relative, sameToken, positions }: LogitDifference): string {
  return (
    `logits of a fixed batch off by at most ${figure(largest)} (they go up to ${figure(scale)}; relative error ${figure(relative)}), ` +
    `the same likeliest token at ${sameToken} of ${positions} positions`
  );
}

const figure = (value: number): string =>
  value === 0 ? '0' : value < 0.01 ? value.toExponential(1) : value.toPrecision(3);
