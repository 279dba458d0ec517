import { withTemporaryFolder } from '@moslora/checkpoint';
import { startEngine } from '@moslora/kernels';
import type { LlavaModel } from '@moslora/model-llava';
import { memoryReport, tf } from '@moslora/runtime';
import { trainConfigSchema, type TrainConfig } from '@moslora/specs';
import { train } from '@moslora/training';
import { usePrecision } from '../tuning/run-training';
import { stepFlops, type BenchAdapter, type StepFlops } from './flops';
import { machineFacts, type MachineFacts } from './machine-facts';
import { medianOf } from './median';
import { RandomSamples, randomModel } from './random-model';
import type { BenchBase } from './weight-bytes';
import { spellShape, type BenchShape } from './shape';

export interface BenchStepOptions {
  shape: BenchShape;
  adapter: BenchAdapter;
  base: BenchBase;
  rank: number;
  dropout: number;
  /** Steps that count. */
  steps: number;
  /** Steps before those: the first ones prepare what later ones find. */
  warmup: number;
  checkpointing: boolean;
  precision: TrainConfig['precision'];
  log?(line: string): void;
}

/** Figures of one process; tools/bench/peer_pytorch.py prints the same ones of its own. */
export interface StepFigures extends MachineFacts {
  shape: string;
  adapter: BenchAdapter;
  base: BenchBase;
  rank: number;
  dropout: number;
  checkpointing: boolean;
  precision: 'float32' | 'bfloat16';
  steps: number;
  median_s: number;
  min_s: number;
  max_s: number;
  /** B T tokens a step, over the median. */
  tokens_per_s: number;
  /** The most memory that the process has had resident up to the last step, in 10⁶ bytes: library, weights, everything. */
  peak_mb: number;
  /** 10⁹ floating-point operations a second that the step has to do, see {@link stepFlops}, over the median. */
  gflops: number;
  flops: StepFlops;
  /** Mean loss per token of the first and the last step. */
  loss: [first: number, last: number];
}

/**
 * Times training steps — forward, backward, clipping, AdamW — of a LLaMA with random weights, by the loop and the model that tune. Without an
 * adapter nothing learns, and the forward pass with its loss is timed.
 */
export async function benchStep(options: BenchStepOptions): Promise<StepFigures> {
  const { shape, adapter, base, rank, dropout, checkpointing, warmup } = options;
  const engine = await startEngine(options.log ? { log: options.log } : {});
  const precision = usePrecision(options.precision);
  const model = await randomModel(options);
  const measured = adapter === 'none' ? forwardPasses(model, options) : await trainingSteps(model, options);
  const seconds = measured.steps.slice(warmup).map((step) => step.seconds);
  const losses = measured.steps.map(({ loss }) => loss);
  const median = medianOf(seconds);
  const flops = stepFlops(shape, adapter, rank);
  return {
    ...{
      shape: spellShape(shape),
      adapter,
      base,
      rank: adapter === 'none' ? 0 : rank,
      dropout,
      checkpointing,
      precision,
    },
    steps: seconds.length,
    median_s: median,
    min_s: Math.min(...seconds),
    max_s: Math.max(...seconds),
    tokens_per_s: (shape.batch * shape.tokens) / median,
    peak_mb: measured.peakBytes / 1e6,
    gflops: flops.total / median / 1e9,
    flops,
    loss: [losses[0]!, losses.at(-1)!],
    ...machineFacts(engine),
  };
}

interface Measured {
  steps: { seconds: number; loss: number }[];
  peakBytes: number;
}

async function trainingSteps(model: LlavaModel, { shape, steps, warmup }: BenchStepOptions): Promise<Measured> {
  const config = trainConfigSchema.parse({ steps: steps + warmup, batchSize: shape.batch, schedule: 'constant' });
  const measured: Measured = { steps: [], peakBytes: 0 };
  await withTemporaryFolder('moslora-bench', (runDir) =>
    train({
      ...{ trainable: model, source: new RandomSamples(shape), config, runDir, identity: 'benchmark' },
      onProgress: ({ seconds, loss }) => {
        measured.steps.push({ seconds, loss });
        measured.peakBytes = memoryReport().peakRssBytes; // before the checkpoint at the end
      },
    }),
  );
  return measured;
}

function forwardPasses(model: LlavaModel, { shape, steps, warmup }: BenchStepOptions): Measured {
  const samples = new RandomSamples(shape);
  const indices = Array.from({ length: shape.batch }, (_, index) => index);
  const measured: Measured = { steps: [], peakBytes: 0 };
  for (let step = 0; step < steps + warmup; step++) {
    const began = performance.now();
    const loss = tf.tidy(() => {
      const { loss: sum, tokens } = model.lossSum(samples.batch(indices));
      return (sum.dataSync()[0] as number) / tokens;
    });
    measured.steps.push({ seconds: (performance.now() - began) / 1000, loss });
  }
  measured.peakBytes = memoryReport().peakRssBytes;
  return measured;
}
