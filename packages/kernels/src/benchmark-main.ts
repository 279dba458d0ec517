import { isNative, Rng, startBackend, tf } from '@moslora/runtime';
import { attentionMask } from './attention/attention-mask';
import { DecoderLayer, type LayerShape } from './benchmark/decoder-layer';
import { opTimes } from './benchmark/op-times';
import { setMatMulPrecision, type MatMulPrecision } from './precision/precision';

// One decoder layer of the quickstart's model with MoSLoRA, forward and backward: npx tsx packages/kernels/src/benchmark-main.ts
const SHAPE: LayerShape = {
  batch: 12,
  tokens: 250,
  width: 512,
  heads: 8,
  keyHeads: 2,
  headWidth: 64,
  inner: 1408,
  rank: 64,
};
const LAYERS = 8;
const ROUNDS = Number(process.argv[2] ?? 9);

const info = await startBackend();
console.log(`${info.summary}; B ${SHAPE.batch}, T ${SHAPE.tokens}, D ${SHAPE.width}, R ${SHAPE.rank}`);
const layer = new DecoderLayer(SHAPE);
const rows = SHAPE.batch * SHAPE.tokens;
const x = tf.tensor2d(new Rng(2, 'x').normalArray(rows * SHAPE.width, 0, 1), [rows, SHAPE.width]);
const dy = tf.onesLike(x);
const mask = attentionMask({
  queries: SHAPE.tokens,
  lengths: Array.from({ length: SHAPE.batch }, (_, b) => SHAPE.tokens - b),
});

const precisions: MatMulPrecision[] = isNative() ? ['float32', 'bfloat16'] : ['float32'];
for (const precision of precisions) {
  setMatMulPrecision(precision);
  const forward = median(() => tf.tidy(() => void layer.forward(x, mask))).wall;
  const step = () =>
    tf.tidy(() => void tf.engine().gradients(() => layer.forward(x, mask), [x, ...layer.learning()], dy));
  const { wall, cpu } = median(step);
  const gflops = layer.matMulFlops() / wall / 1e6;
  console.log(
    `${precision}: forward ${forward.toFixed(1)} ms, forward and backward ${wall.toFixed(1)} ms a layer (${cpu.toFixed(0)} ms of processor time), ` +
      `${((LAYERS * wall) / 1000).toFixed(2)} s for ${LAYERS} (${gflops.toFixed(0)} GFLOP/s of matrix products)`,
  );
  report(step);
}

function report(step: () => void): void {
  const times = opTimes(step);
  if (times.length === 0) return;
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const products = times
    .filter(({ op }) => op.includes('MatMul'))
    .reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  console.log(
    `  ${total.toFixed(1)} ms in TensorFlow's ops, ${((100 * products) / total).toFixed(0)} % in matrix products`,
  );
  for (const { op, calls, milliseconds } of times.slice(0, 16)) {
    console.log(`  ${op.padEnd(24)}${String(calls).padStart(4)} x ${milliseconds.toFixed(2).padStart(8)} ms`);
  }
}

/** Medians of the wall time and of the processor time of all threads; the latter says what another load on the machine hides. */
function median(run: () => void): { wall: number; cpu: number } {
  const [walls, cpus]: [number[], number[]] = [[], []];
  for (let round = -2; round < ROUNDS; round++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    run();
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    walls.push(performance.now() - start);
    cpus.push((user + system) / 1000);
  }
  const middle = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] as number;
  return { wall: middle(walls), cpu: middle(cpus) };
}
