import { currentCompute, setMatMulPrecision, startEngine } from '@moslora/kernels';
import { DenseLinear } from '@moslora/nn';
import { Nf4Linear, quantizeNf4 } from '@moslora/quantized-base';
import { attr, cast, isNative, rawOne, rawScope, Rng, tf } from '@moslora/runtime';
import { rateOf } from './rate';

// GFLOP/s of x (m, k) times a frozen weight (n, k), transposed, as our layers and TensorFlow's op compute it:
// npx tsx tools/bench/ours/matmul.ts 512 4096 11008
export interface MatMulFigures {
  gflops: { tensorflow?: number; dense: number; nf4: number };
}

const [m = 512, k = 4096, n = 11008] = process.argv.slice(2).map(Number);
await startEngine();
if (isNative()) setMatMulPrecision('bfloat16');
const bank = new Rng(1, 'bank').normalArray(1 << 16, 0, 0.02);
const values = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => bank[i & 0xffff]!);
const x = tf.tidy(() => tf.keep(currentCompute().enter(tf.tensor2d(values(m * k), [m, k]))));
const weight = values(n * k);
const flops = 2 * m * k * n;
const speed = (run: () => void): number => (flops * rateOf(run)) / 1e9;

const gflops: Partial<MatMulFigures['gflops']> = {};
if (isNative()) {
  rawScope(() => {
    const [a, b] = [
      cast(tf.tensor2d(values(m * k), [m, k]), 'bfloat16'),
      cast(tf.tensor2d(weight, [n, k]), 'bfloat16'),
    ];
    const attributes = [attr.type('T', 'bfloat16'), attr.bool('transpose_a', false), attr.bool('transpose_b', true)];
    gflops.tensorflow = speed(() => rawOne('MatMul', attributes, [a, b]).dispose());
  });
}
const dense = new DenseLinear({ name: 'dense', weight: tf.tensor2d(weight, [n, k]) });
gflops.dense = speed(() => tf.tidy(() => void dense.apply(x)));
dense.dispose();
const nf4 = new Nf4Linear(quantizeNf4(weight, { double: true, shape: [n, k], dtype: 'bfloat16' }), { name: 'nf4' });
gflops.nf4 = speed(() => tf.tidy(() => void nf4.apply(x)));
console.log(JSON.stringify({ gflops }));
