import { tf } from '@moslora/runtime';
import { currentCompute } from '../../execution/compute';
import { dropoutMask, dropsInside } from '../../dropout/dropout';
import { crossEntropyReference } from '../../cross-entropy/reference';
import { headLoss } from '../../head-loss/head-loss';
import { loraLinearReference } from '../../lora-linear/reference';
import { columnSums, fusedMatMul } from '../../mat-mul/fused-mat-mul';
import { fusedProjections } from '../../projections/projections';
import type { Projection } from '../../projections/members';
import { agree, agreeWithGradients } from '../agree';
import type { Draw } from '../draw';
import type { FuzzSubject } from '../subject';
import { drawKind, drawWeight } from './drawn-weight';

/** Half of the time in bfloat16 alone, where the products are. */
const perhapsLow = (draw: Draw, x: tf.Tensor): tf.Tensor => (draw.chance(0.5) ? currentCompute().enter(x) : x);

const matMul: FuzzSubject = {
  name: 'mat-mul',
  check(draw) {
    draw.coarse = true; // it rounds its factors to bfloat16, whatever the precision
    const [m, k, n] = [draw.sizeOrNone(), draw.sizeOrNone(600), draw.sizeOrNone()];
    const [transposeA, transposeB, wide] = [draw.chance(0.5), draw.chance(0.5), draw.chance(0.5)];
    const a = draw.normal<tf.Tensor2D>(transposeA ? [k, m] : [m, k]);
    const b = draw.normal<tf.Tensor2D>(transposeB ? [n, k] : [k, n]);
    const bias = draw.chance(0.5) ? draw.normal<tf.Tensor1D>([n]) : undefined;
    const got = fusedMatMul(perhapsLow(draw, a), perhapsLow(draw, b), { transposeA, transposeB, bias, wide });
    const product = tf.matMul(a, b, transposeA, transposeB);
    agree(got, bias ? tf.add(product, bias) : product, 'the product', { tolerance: wide ? 1e-4 : 1e-2 });
    agree(columnSums(perhapsLow(draw, a)), tf.sum(a, 0), 'the sums of columns');
  },
};

const projections: FuzzSubject = {
  name: 'projections',
  check(draw) {
    const kind = drawKind(draw);
    const rows = draw.chance(0.3) ? draw.int(10) : draw.sizeOrNone();
    const inputs = kind.nf4 && draw.chance(0.5) ? 64 * (1 + draw.int(9)) : draw.size(600);
    const outputs = Array.from({ length: 1 + draw.int(3) }, () => draw.size(200));
    const weights = outputs.map((out) => drawWeight(draw, kind, [out, inputs]));
    const adapter = draw.pick(['none', 'lora', 'moslora'] as const);
    const each = adapter === 'none' ? 0 : adapter === 'lora' ? 2 : 3;
    const biased = draw.chance(0.5);
    const biases = outputs.map((out) => (biased ? draw.normal<tf.Tensor1D>([out]) : undefined));
    const learning = outputs.flatMap((out) => {
      const rank = draw.size(80);
      const shapes = [
        [rank, inputs],
        [out, rank],
        [rank, rank],
      ];
      return shapes.slice(0, each).map((shape) => draw.normal(shape, 1 / Math.sqrt(shape[1]!)));
    });
    const dropping = each > 0 && dropsInside() && draw.chance(0.3);
    const dropouts = outputs.map(() => (dropping ? { probability: 0.25, seed: draw.int(2 ** 32) } : undefined));
    const members = (t: tf.Tensor[]): Projection[] =>
      weights.map(({ operand }, i) => {
        const [a, b, mixer] = t.slice(i * each, (i + 1) * each) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D?];
        const factors = each > 0 ? { a, b, ...(mixer && { mixer }), scale: 0.7 } : undefined;
        return { weight: operand, bias: biases[i], factors, dropout: dropouts[i] };
      });
    const reference = (x: tf.Tensor2D, t: tf.Tensor[]): tf.Tensor => {
      const parts = members(t).map(({ factors, bias, dropout }, i) => {
        const weight = weights[i]!.plain;
        const mask = dropout && dropoutMask(rows, inputs, dropout);
        const y = factors ? loraLinearReference(x, weight, factors, mask) : tf.matMul(x, weight, false, true);
        return bias ? tf.add(y, bias) : y;
      });
      return tf.concat(parts as tf.Tensor2D[], 1);
    };
    const x = draw.normal<tf.Tensor2D>([rows, inputs]);
    const residual = draw.chance(0.4)
      ? draw.normal<tf.Tensor2D>([rows, outputs.reduce((a, b) => a + b, 0)])
      : undefined;
    const inputGradient = (each === 0 && residual === undefined) || draw.chance(0.8); // of something at least
    const given = [...(inputGradient ? [x] : []), ...(residual ? [residual] : []), ...learning];
    const sorted = (t: tf.Tensor[]) => {
      const rest = [...t];
      const own = inputGradient ? (rest.shift() as tf.Tensor2D) : x;
      return { x: own, residual: residual && (rest.shift() as tf.Tensor2D), factors: rest };
    };
    const op = (...t: tf.Tensor[]): tf.Tensor => {
      const { x, residual, factors } = sorted(t);
      return fusedProjections(x, members(factors), { inputGradient, ...(residual && { residual }) });
    };
    agreeWithGradients(
      op,
      (...t) => {
        const { x, residual, factors } = sorted(t);
        const y = reference(x, factors);
        return residual ? tf.add(y, residual) : y;
      },
      given,
    );
    weights.forEach((weight) => weight.dispose());
  },
};

const head: FuzzSubject = {
  name: 'head-loss',
  check(draw) {
    const [rows, width, words] = [draw.sizeOrNone(), draw.size(300), draw.size(draw.chance(0.2) ? 3000 : 300, 2)];
    const weight = drawWeight(draw, drawKind(draw), [words, width]);
    const targets = tf.tensor1d(
      Int32Array.from({ length: rows }, () => draw.int(words)),
      'int32',
    );
    agreeWithGradients(
      (h) => headLoss(h as tf.Tensor2D, weight.operand, targets),
      (h) =>
        rows === 0
          ? tf.sum(h) // tfjs has no one-hot rows of none
          : crossEntropyReference(tf.matMul(h as tf.Tensor2D, weight.plain, false, true), targets),
      [draw.normal([rows, width])],
    );
    weight.dispose();
  },
};

export const products: FuzzSubject[] = [matMul, projections, head];
