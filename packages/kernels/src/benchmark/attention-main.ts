import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Rng, tf } from '@moslora/runtime';
import { attention } from '../attention/attention';
import { fusedAttention } from '../attention/fused-attention';
import { hasKernel } from '../native/kernels-addon';
import { startEngine } from '../native/start-engine';
import { setMatMulPrecision } from '../precision/precision';
import { rope } from '../rope/rope';

// Causal attention with rotary positions in bfloat16, forward and backward, as one op and from plain ops:
// npx tsx packages/kernels/src/benchmark/attention-main.ts [rounds]
interface Shape {
  b: number;
  h: number;
  kv: number;
  k: number;
  t: number;
}

const SHAPES: Shape[] = [
  { b: 4, h: 6, kv: 6, k: 48, t: 256 },
  { b: 4, h: 8, kv: 8, k: 64, t: 450 },
  { b: 1, h: 16, kv: 16, k: 64, t: 512 },
  { b: 1, h: 32, kv: 32, k: 128, t: 512 },
  { b: 1, h: 32, kv: 8, k: 128, t: 2048 },
  { b: 1, h: 32, kv: 32, k: 128, t: 2048 },
  { b: 1, h: 32, kv: 32, k: 128, t: 4096 },
];
const ROUNDS = Number(process.argv[2] ?? 7);
// Longer ones take plain ops gigabytes and minutes.
const LONGEST_PLAIN = 512;

const [, file, , shape, kind] = process.argv as [string, string, string?, string?, string?];
if (shape === undefined) {
  // Each in a process of its own: its peak of memory is then not what an earlier one left behind.
  for (const [at, { t }] of SHAPES.entries())
    for (const kind of t <= LONGEST_PLAIN ? ['fused', 'plain'] : ['fused'])
      spawnSync(process.execPath, [...process.execArgv, file, `${ROUNDS}`, `${at}`, kind], { stdio: 'inherit' });
} else {
  const { summary } = await startEngine();
  if (shape === '0' && kind === 'fused') console.log(summary);
  setMatMulPrecision('bfloat16');
  const make = kind === 'fused' ? fused : plain;
  warmUp(make);
  const asked = SHAPES[Number(shape)] as Shape;
  if (kind === 'plain' || hasKernel('MosloraAttention'))
    measure(kind === 'fused' ? 'one op' : 'plain ops', asked, make(asked));
}

type Attend = (qkv: tf.Tensor2D) => tf.Tensor;

function tables({ t, k }: Shape): { cos: tf.Tensor; sin: tf.Tensor } {
  const angles = tf.tensor2d(new Rng(1, 'angles').normalArray((t * k) / 2, 0, 3), [t, k / 2]);
  const both = tf.concat([angles, angles], 1);
  return { cos: tf.cos(both), sin: tf.sin(both) };
}

function fused(shape: Shape): Attend {
  const made = tables(shape);
  return (qkv) =>
    fusedAttention(qkv, { batch: shape.b, heads: shape.h, kvHeads: shape.kv, tables: made, causal: true });
}

function plain(shape: Shape): Attend {
  const { b, h, kv, k, t } = shape;
  const { cos, sin } = tables(shape);
  const byHead = (x: tf.Tensor, count: number) =>
    tf.transpose(tf.reshape(x, [b, t, count, k]), [0, 2, 1, 3]) as tf.Tensor4D;
  return (qkv) => {
    const [query, key, value] = tf.split(qkv, [h * k, kv * k, kv * k], 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [q, keys] = [rope(byHead(query, h), cos, sin), rope(byHead(key, kv), cos, sin)];
    const y = attention(q, keys, byHead(value, kv), { causal: true });
    return tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [b * t, h * k]);
  };
}

/** Loads all that is loaded once. */
function warmUp(make: (shape: Shape) => Attend): void {
  const qkv = tf.zeros<tf.Rank.R2>([8, 96]);
  tf.tidy(
    () => void tf.engine().gradients(() => make({ b: 1, h: 1, kv: 1, k: 32, t: 8 })(qkv), [qkv], tf.ones([8, 32])),
  );
  qkv.dispose();
}

/** Times with the queries' half of the scores counted as operations: 2 products forward, 5 backward. */
function measure(name: string, { b, h, kv, k, t }: Shape, attend: Attend): void {
  const flops = 2 * 2 * b * h * k * ((t * (t + 1)) / 2);
  const [qkv, dy] = [(h + 2 * kv) * k, h * k].map((columns) => random(b * t, columns)) as [tf.Tensor2D, tf.Tensor2D];
  const forward = () => tf.tidy(() => void attend(qkv));
  const both = () => tf.tidy(() => void tf.engine().gradients(() => attend(qkv), [qkv], dy));
  const before = resident('VmRSS');
  forgetPeak();
  both();
  const peak = resident('VmHWM') - before;
  both();
  const [one, two] = [median(forward), median(both)];
  const rate = (count: number, { wall, cpu }: Times) =>
    `${wall.toFixed(1)} ms (${(count / wall / 1e6).toFixed(0)} GFLOP/s; ${(count / cpu / 1e6).toFixed(0)} a core)`;
  const back = { wall: two.wall - one.wall, cpu: two.cpu - one.cpu };
  console.log(
    `B ${b} H ${h}/${kv} K ${k} T ${t}, ${name}: forward ${rate(flops, one)}, backward ${rate(2.5 * flops, back)}, ` +
      `both ${rate(3.5 * flops, two)}; ${(peak / 1024).toFixed(0)} MB at its peak beside input and gradient`,
  );
  tf.dispose([qkv, dy]);
}

/** Some random rows again and again, put together by the backend: JavaScript holds no copy. */
function random(rows: number, columns: number): tf.Tensor2D {
  return tf.tidy(() => {
    const few = tf.tensor2d(new Rng(2, 'rows').normalArray(64 * columns, 0, 1), [64, columns]);
    return tf.slice(tf.tile(few, [Math.ceil(rows / 64), 1]), 0, rows) as tf.Tensor2D;
  });
}

interface Times {
  wall: number;
  /** Processor time of all threads: what another load on the machine does not change much. */
  cpu: number;
}

function median(run: () => void): Times {
  const [walls, cpus]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    run();
    const { user, system } = process.cpuUsage(before);
    walls.push(performance.now() - start);
    cpus.push((user + system) / 1000);
  }
  const middle = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] as number;
  return { wall: middle(walls), cpu: middle(cpus) };
}

/** A figure of the kernel's in KB; 0 where there is none. */
function resident(name: string): number {
  try {
    return Number(new RegExp(`${name}:\\s*(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // elsewhere than on Linux, or not allowed: the peak is then that of the whole run
  }
}
