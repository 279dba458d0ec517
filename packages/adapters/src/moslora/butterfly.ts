import type { Problem } from '@moslora/specs';

/** [[I, I], [I, I]] with blocks of R / 2, row-major (R, R). */
export function butterfly(rank: number): Float32Array {
  const half = rank / 2;
  return Float32Array.from({ length: rank * rank }, (_, i) => {
    const [row, column] = [Math.floor(i / rank), i % rank];
    return row % half === column % half ? 1 : 0;
  });
}

/** The butterfly has two halves. */
export function oddRankProblem(rank: number, what: string): Problem[] {
  if (rank % 2 === 0) return [];
  return [
    {
      what: `The rank cannot be split in halves for ${what}`,
      where: 'adapter, rank',
      got: String(rank),
      expected: 'an even number',
      fix: `use ${rank + 1} or ${rank - 1 || 2}`,
    },
  ];
}
