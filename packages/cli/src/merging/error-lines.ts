import { logitLine } from './logit-verdict';
import type { MergeModelReport } from './merge-model';

/** What was merged and how far off it is, for people. */
export function errorLines({
  as,
  merged,
  quantized,
  tensors,
  worst,
  meanRelativeError,
  warning,
  logits,
}: MergeModelReport): string[] {
  const of = quantized > 0 ? `${quantized} layers in 4 bits` : `${merged} layers`;
  return [
    `${merged} layers have their adapter in them; ${tensors} tensors written in ${as} and read back`,
    `relative error of ${of}: ${worst.relative.toExponential(1)} at worst (${worst.name}), ${meanRelativeError.toExponential(1)} on average`,
    ...(logits ? [logitLine(logits)] : []),
    ...(warning === undefined ? [] : [`warning: ${warning}`]),
  ];
}
