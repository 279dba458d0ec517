import { Rng, startBackend, tf } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { normalTensor, relativeError } from '../gradient-check/agreement';
import { FrozenMatrix } from '../frozen-matrix/frozen-matrix';
import { frozenLinear } from '../linear/linear';
import { linearReference } from '../linear/reference';
import { fusedSum } from '../sum/sum';
import { giveBackMemory, hasKernel } from './kernels-addon';

await startBackend();
const here = hasKernel('MosloraSum') ? describe : describe.skip;
if (!hasKernel('MosloraSum')) console.log("the memory of our ops' arrays is not tried here: it needs the native ops");

/** The least and the greatest value. */
const ends = (x: tf.Tensor): number[] => tf.tidy(() => [tf.min(x), tf.max(x)].map((end) => end.dataSync()[0]!));

here('arrays of all sizes that come and go', () => {
  it('keep their values while others take over the memory of those that went', () => {
    const rng = new Rng(1, 'pages');
    const held: { array: tf.Tensor; value: number }[] = [];
    const weight = normalTensor<tf.Tensor2D>('w', [700, 500]);
    const frozen = new FrozenMatrix(tf.clone(weight));
    for (let value = 1; value <= 400; value++) {
      const size = rng.pick([1000, 70_000, 131_072, 400_000, 1_200_000]) + rng.int(5000);
      const array = tf.tidy(() => fusedSum([tf.fill([size], value)]));
      held.push({ array, value });
      while (held.length > 3 + rng.int(20)) {
        const [gone] = held.splice(rng.int(held.length), 1);
        expect(ends(gone!.array)).toEqual([gone!.value, gone!.value]);
        gone!.array.dispose();
      }
      if (value % 40 === 0)
        tf.tidy(() => {
          const x = normalTensor(`x${value}`, [200 + rng.int(300), 500]);
          expect(relativeError(frozenLinear(x, frozen), linearReference(x, weight))).toBeLessThan(1e-5);
        });
      if (value % 90 === 0) giveBackMemory();
    }
    for (const { array, value } of held) expect(ends(array)).toEqual([value, value]);
    tf.dispose([weight, ...held.map(({ array }) => array)]);
    frozen.dispose();
  });
});
