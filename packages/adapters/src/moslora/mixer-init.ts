import { kaimingUniform } from '@moslora/nn';
import type { Rng } from '@moslora/runtime';
import { fail, listNames, mixerInit, zeroMixerReason, type MixerInit } from '@moslora/specs';
import { butterfly } from './butterfly';
import { orthogonal } from './orthogonal';

const inits: Record<MixerInit, (rng: Rng, rank: number) => Float32Array> = {
  kaiming: (rng, rank) => kaimingUniform(rng, [rank, rank]),
  orthogonal,
  identity: (_, rank) => Float32Array.from({ length: rank * rank }, (_, i) => (i % (rank + 1) === 0 ? 1 : 0)),
  butterfly: (_, rank) => butterfly(rank),
  gaussian: (rng, rank) => rng.normalArray(rank * rank, 0, 1 / Math.sqrt(rank)),
};

/**
 * The mixer M (R, R) before training: `kaiming` U(-1/√R, 1/√R), `orthogonal` (uniform over orthogonal matrices), `identity` (starts as LoRA),
 * `butterfly` [[I, I], [I, I]] (starts as two-subspaces mixing), `gaussian` N(0, 1/R), variance 1/R. Throws a UserError for any
 * other name; for `zero` with the reason why there is none.
 */
export function createMixer(init: MixerInit, rng: Rng, rank: number): Float32Array {
  const known = mixerInit.safeParse(init);
  if (known.success) return inits[known.data](rng, rank);
  return fail({
    what: String(init) === 'zero' ? zeroMixerReason : 'There is no such start for the mixer',
    where: 'adapter, mixer',
    got: String(init),
    expected: `one of ${listNames(Object.keys(inits))}`,
  });
}
