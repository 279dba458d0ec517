/** s of an adapter: alpha / R, or alpha / √R where it is rank-stabilised. */
export function scaleOf(alpha: number, rank: number, rankStabilized: boolean): number {
  return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
}

/** The alpha that has this scale, without the rounding of the division. */
export function alphaOf(scale: number, rank: number, rankStabilized: boolean): number {
  return Number((scale * (rankStabilized ? Math.sqrt(rank) : rank)).toPrecision(12));
}
