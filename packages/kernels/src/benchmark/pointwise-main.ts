import { Rng, startBackend, tf, uploadBytes } from '@moslora/runtime';
import { adamwInPlace, updatesInPlace } from '../adamw/in-place';
import { globalNorm } from '../adamw/adamw';
import { currentCompute } from '../execution/compute';
import { handleOf, rawHandleOf } from '../execution/kernel-op';
import { gelu, quickGelu, tanhGelu } from '../gelu/gelu';
import { layerNorm } from '../layer-norm/layer-norm';
import { dequantized } from '../nf4/dequantize';
import { quantizedBlocks } from '../nf4/quantize';
import { setMatMulPrecision } from '../precision/precision';
import { rmsNorm } from '../rms-norm/rms-norm';
import { jointSwiglu } from '../swiglu/swiglu';

// GB/s of the elementwise ops over the bytes that they must read and write: npx tsx packages/kernels/src/benchmark/pointwise-main.ts
const ROUNDS = Number(process.argv[2] ?? 15);
const SHAPES: [number, number][] = [
  [2048, 4096],
  [1024, 288],
];

const info = await startBackend();
console.log(info.summary);
if (!updatesInPlace()) throw new Error('the native ops are not built: nothing to measure');

const normal = (shape: number[]) =>
  tf.tensor(
    new Rng(1, 'benchmark').normalArray(
      shape.reduce((product, n) => product * n, 1),
      0,
      1,
    ),
    shape,
  );

for (const precision of ['float32', 'bfloat16'] as const) {
  setMatMulPrecision(precision);
  const bytes = precision === 'bfloat16' ? 2 : 4;
  for (const shape of SHAPES) {
    const [rows, width] = shape;
    const count = rows * width;
    console.log(`${precision}, (${rows}, ${width})`);
    const [stream, weight, bias] = [normal(shape), tf.ones<tf.Rank.R1>([width]), tf.zeros<tf.Rank.R1>([width])];
    const [x, dy] = [currentCompute().enter(normal(shape)), currentCompute().enter(normal(shape))];
    const joint = currentCompute().enter(normal([rows, 2 * width]));
    const both = (name: string, op: (x: tf.Tensor) => tf.Tensor, of: tf.Tensor, ahead: number, back: number) => {
      report(name, ahead * count, () => op(of));
      const gradient = () => tf.engine().gradients(() => op(of), [of], dy);
      report(`${name} and gradient`, (ahead + back) * count, gradient);
    };
    both('rmsNorm', (t) => rmsNorm(t, weight, 1e-5), stream, 4 + bytes, bytes + 8);
    both('layerNorm', (t) => layerNorm(t, weight, bias, 1e-5), stream, 4 + bytes, bytes + 8);
    both('jointSwiglu', jointSwiglu, joint, 3 * bytes, 5 * bytes);
    for (const op of [gelu, quickGelu, tanhGelu]) both(op.name, op, x, 2 * bytes, 3 * bytes);
    report('add', 3 * bytes * count, () => tf.add(x, dy));
    report('add to float32', (8 + bytes) * count, () => tf.add(stream, dy));
    tf.dispose([stream, weight, bias, x, dy, joint]);
  }
}
setMatMulPrecision('float32');

const TENSORS = 40;
const SIZE = 250_000;
const list = () => Array.from({ length: TENSORS }, () => tf.variable(normal([SIZE])));
const [parameters, gradients, first, second] = [list(), list(), list(), list()];
const moments = first.map((one, i) => ({ first: one, second: second[i]! }));
const settings = { learningRate: 1e-4, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 } as const;
let step = 1;
console.log(`${TENSORS * SIZE} parameters in ${TENSORS} tensors`);
report('AdamW', 28 * TENSORS * SIZE, () =>
  adamwInPlace(parameters, gradients, moments, { ...settings, step: step++, gradientScale: 0.5 }),
);
report('globalNorm', 4 * TENSORS * SIZE, () => globalNorm(gradients));
tf.dispose([parameters, gradients, first, second]);

const values = new Rng(1, 'benchmark').normalArray(4096 * 4096, 0, 1);
const code = Float32Array.from({ length: 16 }, (_, i) => (i - 7) / 8);
const map = Float32Array.from({ length: 256 }, (_, i) => (i - 127) / 128);
const nested = { map, block: 256 };
console.log(`NF4 of (4096, 4096), over the bytes in float32`);
report('quantise', 4 * values.length, () => void quantizedBlocks(values, { code, block: 64, nested }));
const { packed, absmax } = quantizedBlocks(values, { code, block: 64 });
const floats = [tf.tensor1d(code), tf.tensor1d(absmax)].map((tensor) => handleOf(tensor));
const operand = {
  packed: rawHandleOf(uploadBytes(packed, [packed.length])),
  floats,
  block: 64,
  nestedBlock: 256,
  round: 1,
} as const;
report('dequantise', 4 * values.length, () => dequantized(operand, [4096, 4096]));
report('dequantise to bfloat16', 4 * values.length, () => dequantized(operand, [4096, 4096], { low: true }));

/** Prints the median and the best of the rounds. */
function report(name: string, bytes: number, run: () => unknown): void {
  const times: number[] = [];
  for (let round = -3; round < ROUNDS; round++) {
    const start = performance.now();
    tf.tidy(() => void run());
    if (round >= 0) times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1] as number;
  const [middle, best] = [median, times[0] as number].map(
    (time) => `${time.toFixed(3)} ms ${(bytes / time / 1e6).toFixed(1).padStart(5)} GB/s`,
  ) as [string, string];
  console.log(`  ${name.padEnd(26)}${middle.padStart(24)}, best ${best}`);
}
