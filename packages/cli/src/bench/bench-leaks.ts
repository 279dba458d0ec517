import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { withTemporaryFolder } from '@moslora/checkpoint';
import { constantCount, startEngine } from '@moslora/kernels';
import { generateTokens, type LlavaBatch, type LlavaModel } from '@moslora/model-llava';
import { liveRawCount, memoryReport, Rng } from '@moslora/runtime';
import { trainConfigSchema } from '@moslora/specs';
import { train, type BatchSource } from '@moslora/training';
import { usePrecision } from '../tuning/run-training';
import { growthOf, type Growth, type Held } from './growth';
import { machineFacts, type MachineFacts } from './machine-facts';
import { RandomSamples, randomModel } from './random-model';
import { spellShape, type BenchShape } from './shape';

export interface BenchLeaksOptions {
  /** Batches have from half of the shape's tokens to all of them. */
  shape: BenchShape;
  /** Training steps, and tokens that are then written. */
  steps: number;
  checkpointing: boolean;
  log?(line: string): void;
}

export interface LeakFigures extends MachineFacts {
  shape: string;
  steps: number;
  training: Growth;
  decoding: Growth;
  /** What grew that must not; none where nothing leaks. */
  leaks: string[];
}

/**
 * Trains for many steps on batches of changing length, then answers prompts of changing length, and looks up to a hundred times each,
 * right after JavaScript's garbage was collected, whether tensors, handles of TensorFlow or resident memory have grown, see {@link growthOf}.
 */
export async function benchLeaks(options: BenchLeaksOptions): Promise<LeakFigures> {
  const { shape, steps, checkpointing } = options;
  const engine = await startEngine(options.log ? { log: options.log } : {});
  usePrecision('auto');
  const model = await randomModel({ shape, adapter: 'moslora', base: 'nf4', rank: 8, checkpointing });
  const training = growthOf(await heldInTraining(model, shape, steps));
  const decoding = growthOf(await heldInAnswers(model, shape, steps));
  const leaks = Object.entries({ training, decoding }).flatMap(([part, { grown }]) =>
    grown.map((what) => `${part}: ${what}`),
  );
  return { shape: spellShape(shape), steps, training, decoding, leaks, ...machineFacts(engine) };
}

const looks = 100;
const answers = 64;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function held(): Held {
  collectGarbage();
  const { tensors, handles, rssBytes } = memoryReport();
  // Small constants are kept, 256 at most: how many there are by now says nothing.
  return { tensors: tensors + liveRawCount(), handles: handles - constantCount(), rssMb: rssBytes / 1e6 };
}

/** Random samples of which each batch is cut to another length. */
class ChangingSamples implements BatchSource<LlavaBatch> {
  readonly size: number;
  private readonly rng = new Rng(1, 'lengths');

  constructor(private readonly shape: BenchShape) {
    this.size = shape.batch;
  }

  batch(indices: readonly number[]): LlavaBatch {
    const least = Math.max(2, this.shape.tokens >> 1);
    const tokens = least + this.rng.int(this.shape.tokens - least + 1);
    return new RandomSamples({ ...this.shape, tokens }).batch(indices);
  }
}

async function heldInTraining(model: LlavaModel, shape: BenchShape, steps: number): Promise<Held[]> {
  const config = trainConfigSchema.parse({ steps, batchSize: shape.batch, checkpointEvery: Math.ceil(steps / 4) });
  const all: Held[] = [];
  await withTemporaryFolder('moslora-leaks', (runDir) =>
    train({
      ...{ trainable: model, source: new ChangingSamples(shape), config, runDir, identity: 'leaks' },
      onProgress: ({ step }) => {
        if (step % Math.ceil(steps / looks) === 0) all.push(held());
      },
    }),
  );
  return all;
}

/** Between answers. */
async function heldInAnswers(model: LlavaModel, shape: BenchShape, tokens: number): Promise<Held[]> {
  const rng = new Rng(1, 'prompts');
  const all: Held[] = [];
  for (let written = 0; written < tokens;) {
    if (written >= (all.length * tokens) / looks) all.push(held());
    const length = 2 + rng.int(shape.tokens - 1);
    const prompts = Array.from({ length: shape.batch }, () => Array.from({ length }, () => rng.int(shape.vocab)));
    const most = Math.min(Math.max(2, Math.ceil(tokens / answers)), tokens - written);
    for await (const one of generateTokens(model, prompts, {}, { maxNewTokens: most }))
      written += one.length > 0 ? 1 : 0;
  }
  all.push(held());
  return all;
}
