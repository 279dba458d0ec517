import { startBackend, tf } from '@moslora/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { gelu, quickGelu, tanhGelu } from '../gelu/gelu';
import { normalTensor, valueAndGradients } from '../gradient-check/agreement';
import { layerNorm } from '../layer-norm/layer-norm';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { rmsNorm } from '../rms-norm/rms-norm';
import { jointSwiglu, swiglu } from '../swiglu/swiglu';
import { nativeBackend } from './storage';

await startBackend();
const here = hasKernel('MosloraRmsNorm') ? describe : describe.skip;
if (!hasKernel('MosloraRmsNorm'))
  console.log('handles of the elementwise ops are not counted here: they need the native ops');

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;
const learns = { weightGradient: true };
const ops: [string, Op, number[][]][] = [
  ['rmsNorm', (x, w) => rmsNorm(x!, w as tf.Tensor1D, 1e-5, learns), [[9, 33], [33]]],
  ['layerNorm', (x, w, b) => layerNorm(x!, w as tf.Tensor1D, b as tf.Tensor1D, 1e-5, learns), [[9, 33], [33], [33]]],
  [
    'swiglu',
    (gate, up) => swiglu(gate!, up!),
    [
      [9, 33],
      [9, 33],
    ],
  ],
  ['jointSwiglu', (joint) => jointSwiglu(joint!), [[9, 66]]],
  ['gelu', (x) => gelu(x!), [[9, 33]]],
  ['quickGelu', (x) => quickGelu(x!), [[9, 33]]],
  ['tanhGelu', (x) => tanhGelu(x!), [[9, 33]]],
  [
    'add',
    (a, b) => tf.add(a!, b!),
    [
      [9, 33],
      [9, 33],
    ],
  ],
];

here.each(['float32', 'bfloat16'] as const)('in %s', (precision) => {
  afterEach(() => setMatMulPrecision('float32'));

  it.each(ops)('%s and its gradient keep no handle of TensorFlow', (_, op, shapes) => {
    setMatMulPrecision(precision);
    const count = () => (nativeBackend().binding as unknown as { getNumOfTensors(): number }).getNumOfTensors();
    const run = () => {
      const inputs = shapes.map((shape, i) => normalTensor(`${i}`, shape));
      tf.dispose([inputs, valueAndGradients(op, inputs)]);
    };
    run();
    const before = count();
    run();
    expect(count()).toBe(before);
  });
});
