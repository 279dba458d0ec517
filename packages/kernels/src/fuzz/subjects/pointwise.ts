import { tf } from '@moslora/runtime';
import { argMax } from '../../arg-max/arg-max';
import { currentCompute } from '../../execution/compute';
import { gelu, quickGelu, tanhGelu } from '../../gelu/gelu';
import { geluReference, quickGeluReference, tanhGeluReference } from '../../gelu/reference';
import { fusedSum } from '../../sum/sum';
import { swigluReference } from '../../swiglu/reference';
import { jointSwiglu, swiglu } from '../../swiglu/swiglu';
import { agree, agreeWithGradients } from '../agree';
import type { Draw } from '../draw';
import type { FuzzSubject } from '../subject';

/** One to three axes, rarely with nothing in them, rarely of more elements than one task takes. */
function shapeOf(draw: Draw): number[] {
  if (draw.chance(0.05)) return [draw.pick([1, 2, 5]), 32768 + draw.int(40) - 20];
  return Array.from({ length: 1 + draw.int(3) }, (_, axis) => (axis < 2 ? draw.sizeOrNone(100) : draw.size(20)));
}

export const pointwise: FuzzSubject[] = [
  {
    name: 'gelu',
    check(draw) {
      const [op, reference] = draw.pick([
        [gelu, geluReference],
        [quickGelu, quickGeluReference],
        [tanhGelu, tanhGeluReference],
      ] as const);
      agreeWithGradients(op, reference, [draw.normal(shapeOf(draw), 2)]);
    },
  },
  {
    name: 'swiglu',
    check(draw) {
      const [rows, columns] = shapeOf(draw) as [number, number?];
      const shape = (columns ?? 0) > 100 ? [rows, columns!] : [rows, columns ?? 1, draw.size()];
      if (draw.chance(0.5)) {
        return agreeWithGradients(swiglu, swigluReference, [draw.normal(shape, 2), draw.normal(shape)]);
      }
      const joint = draw.normal([...shape.slice(0, -1), 2 * shape.at(-1)!]);
      const halves = (x: tf.Tensor) => tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
      agreeWithGradients(jointSwiglu, (x) => swigluReference(...halves(x)), [joint]);
    },
  },
  {
    name: 'sum',
    check(draw) {
      const shape = shapeOf(draw);
      const terms = Array.from({ length: 1 + draw.int(4) }, () => draw.normal(shape));
      const compute = currentCompute();
      const held = terms.map((x) => (draw.chance(0.5) ? compute.enter(x) : x));
      agree(fusedSum(held), tf.addN(terms), 'the sum');
    },
  },
  {
    name: 'arg-max',
    check(draw) {
      const x = draw.normal<tf.Tensor2D>([draw.sizeOrNone(70), draw.size(draw.chance(0.05) ? 40000 : 300)]);
      const coarse = draw.chance(0.5) ? (currentCompute().enter(x) as tf.Tensor2D) : x;
      const [got, expected] = [argMax(coarse).dataSync(), tf.argMax(coarse, 1).dataSync()];
      if (got.join() !== expected.join()) throw new Error(`the places are ${got.join()}, expected ${expected.join()}`);
    },
  },
];
