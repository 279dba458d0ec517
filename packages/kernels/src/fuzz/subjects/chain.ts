import { tf } from '@moslora/runtime';
import { chained } from '../../chain/chain';
import { fusedProjections } from '../../projections/projections';
import { rmsNorm } from '../../rms-norm/rms-norm';
import { jointSwiglu } from '../../swiglu/swiglu';
import { agree } from '../agree';
import type { FuzzSubject } from '../subject';
import { drawKind, drawWeight } from './drawn-weight';

/** A gated MLP as one op, against the same ops one by one. */
export const chain: FuzzSubject = {
  name: 'chain',
  check(draw) {
    const kind = drawKind(draw);
    const [rows, width, inner] = [draw.pick([1, 2, 5, 8, 30]), 2 * draw.size(100), draw.size(200)];
    const x = draw.normal<tf.Tensor2D>([rows, width]);
    const norm = draw.normal<tf.Tensor1D>([width]);
    const shapes: [number, number][] = [
      [inner, width],
      [inner, width],
      [width, inner],
    ];
    const [gate, up, down] = shapes.map((shape) => drawWeight(draw, kind, shape)) as [Drawn, Drawn, Drawn];
    const mlp = (): tf.Tensor => {
      const normed = rmsNorm(x, norm, 1e-5) as tf.Tensor2D;
      const joint = fusedProjections(normed, [{ weight: gate.operand }, { weight: up.operand }]);
      return fusedProjections(jointSwiglu(joint) as tf.Tensor2D, [{ weight: down.operand }], { residual: x });
    };
    const tidied = draw.chance(0.5);
    const got = chained(() => (tidied ? tf.tidy(mlp) : mlp()));
    agree(got, mlp(), 'the chain', { tolerance: 1e-6 });
    for (const weight of [gate, up, down]) weight.dispose();
  },
};

type Drawn = ReturnType<typeof drawWeight>;
