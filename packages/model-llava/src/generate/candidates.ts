import { largest } from './largest';
import type { Sampling } from './settings';

/** Tokens that may be drawn, likeliest first, with their scores. */
export interface Candidates {
  ids: Int32Array;
  scores: Float32Array;
}

/**
 * In place: the scores of tokens that stand in `seen` are divided by `penalty` where they are positive and multiplied where they are
 * negative, once each (Keskar et al. 2019, as transformers has it).
 */
export function penaliseRepetition(scores: Float32Array, seen: Iterable<number>, penalty: number): void {
  const factor = Math.fround(penalty);
  for (const id of new Set(seen)) {
    const score = scores[id];
    if (score !== undefined) scores[id] = score < 0 ? score * factor : score / factor;
  }
}

/**
 * What is left to draw from, by temperature, then top-k, then top-p, then min-p: the order of transformers' logits processors. Scores
 * (V) are float32 throughout, as there; the token that is likeliest always stays.
 */
export function candidates(scores: Float32Array, { temperature, topK, topP, minP }: Sampling): Candidates {
  const scaled = temperature === 1 ? scores : scores.map((score) => score / Math.fround(temperature));
  const afterTopK = topK > 0 && topK < scaled.length ? keepTopK(scaled, topK) : undefined;
  const afterTopP = topP < 1 ? keepTopP(scaled, topP, afterTopK) : (afterTopK ?? largest(scaled, scaled.length));
  const ids = minP === undefined ? afterTopP : keepMinP(scaled, minP, afterTopP);
  return { ids, scores: Float32Array.from(ids, (id) => scaled[id]!) };
}

/** The k likeliest, and all that are as likely as the last of them. */
function keepTopK(scores: Float32Array, k: number): Int32Array {
  const ids = largest(scores, k);
  const last = scores[ids[k - 1]!]!;
  const atLeast = scores.reduce((count, score) => count + (score >= last ? 1 : 0), 0);
  return atLeast === k ? ids : largest(scores, atLeast);
}

const FIRST_LOOK = 256;

/** The likeliest tokens, until those before one hold `p` of the probability; `among` the given ones, likeliest first, or all. */
function keepTopP(scores: Float32Array, p: number, among: Int32Array | undefined): Int32Array {
  const total = sumOfExponentials(scores, among);
  for (let look = among?.length ?? Math.min(FIRST_LOOK, scores.length); ; look = Math.min(look * 8, scores.length)) {
    const ids = among ?? largest(scores, look);
    const kept = countUntil(scores, ids, p * total);
    if (kept < ids.length || ids.length === scores.length || among) return ids.subarray(0, kept);
  }
}

/** How many of `ids` stand before the sum of their exponentials reaches `mass`; at least one. */
function countUntil(scores: Float32Array, ids: Int32Array, mass: number): number {
  const top = scores[ids[0]!]!;
  let before = 0;
  for (let rank = 0; rank < ids.length; rank += 1) {
    if (rank > 0 && before >= mass) return rank;
    before += Math.exp(scores[ids[rank]!]! - top);
  }
  return ids.length;
}

/** Σ exp(score - highest), over the given tokens or all. */
function sumOfExponentials(scores: Float32Array, among: Int32Array | undefined): number {
  const top = among ? scores[among[0]!]! : scores.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!among) return scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
  return among.reduce((sum, id) => sum + Math.exp(scores[id]! - top), 0);
}

/** Those at least `share` as likely as the likeliest. */
function keepMinP(scores: Float32Array, share: number, ids: Int32Array): Int32Array {
  const top = scores[ids[0]!]!;
  const end = ids.findIndex((id) => Math.exp(scores[id]! - top) < share);
  return end < 0 ? ids : ids.subarray(0, Math.max(end, 1));
}
