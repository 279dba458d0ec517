import { tf } from '@moslora/runtime';
import { globalNorm } from '../../adamw/adamw';
import { adamwInPlace } from '../../adamw/in-place';
import { adamwReference } from '../../adamw/reference';
import { agree } from '../agree';
import type { FuzzSubject } from '../subject';

const adamw: FuzzSubject = {
  name: 'adamw',
  check(draw) {
    const shapes = Array.from({ length: 1 + draw.int(4) }, () => [
      draw.sizeOrNone(),
      draw.size(draw.chance(0.1) ? 400 : 40),
    ]);
    const step = 1 + draw.int(20);
    const settings = { learningRate: 0.1, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1, step } as const;
    const gradients = shapes.map((shape) => draw.normal(shape));
    const all = shapes.map((shape) => ({
      p: draw.normal(shape),
      m: draw.normal(shape),
      v: tf.square(draw.normal(shape)),
    }));
    const expected = all.map(({ p, m, v }, i) => adamwReference(p, tf.mul(gradients[i]!, 0.5), m, v, settings));
    const variables = all.map(({ p, m, v }) => [p, m, v].map((x) => tf.variable(x)));
    const moments = variables.map(([, first, second]) => ({ first: first!, second: second! }));
    const gradientScale = draw.chance(0.5) ? 0.5 : tf.scalar(0.5);
    adamwInPlace(
      variables.map(([parameter]) => parameter!),
      gradients,
      moments,
      { ...settings, gradientScale },
    );
    expected.forEach(({ p, m, v }, i) => {
      [p, m, v].forEach((wanted, j) =>
        agree(variables[i]![j]!, wanted, ['a parameter', 'm', 'v'][j]!, { tolerance: 1e-4 }),
      );
    });
    tf.dispose(variables);
  },
};

const norm: FuzzSubject = {
  name: 'global-norm',
  check(draw) {
    const tensors = Array.from({ length: 1 + draw.int(5) }, () => draw.normal([draw.sizeOrNone(), draw.size(100)]));
    const squares = tensors.map((x) => x.dataSync<'float32'>().reduce((sum, value) => sum + value * value, 0));
    const expected = Math.sqrt(squares.reduce((a, b) => a + b, 0));
    agree(globalNorm(tensors), tf.scalar(expected), 'the norm', { tolerance: 1e-6, floor: 1e-3 });
  },
};

export const optimizer: FuzzSubject[] = [adamw, norm];
