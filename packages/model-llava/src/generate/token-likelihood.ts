import { largest } from './largest';

/** How likely a token was, in natural logarithms, and the likeliest ones in its place. */
export interface TokenLikelihood {
  logprob: number;
  /** Likeliest first. */
  top: { id: number; logprob: number }[];
}

/** log softmax(logits) of a token and of the `count` likeliest, before temperature and whatever else decides what is drawn. */
export function tokenLikelihood(logits: Float32Array, id: number, count: number): TokenLikelihood {
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const normal = highest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0));
  const of = (each: number): number => logits[each]! - normal;
  return { logprob: of(id), top: [...largest(logits, count)].map((each) => ({ id: each, logprob: of(each) })) };
}
