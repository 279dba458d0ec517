import { injectAdapters } from '@moslora/adapters';
import { familyFor, LlavaModel, Projector, type LlavaBatch } from '@moslora/model-llava';
import { Rng } from '@moslora/runtime';
import { adapterConfigSchema } from '@moslora/specs';
import type { BatchSource } from '@moslora/training';
import type { BenchAdapter } from './flops';
import { RandomSource, type BenchBase } from './random-source';
import { llamaJson, type BenchShape } from './shape';

export interface BenchModelOptions {
  shape: BenchShape;
  adapter: BenchAdapter;
  /** r; alpha is twice that. */
  rank: number;
  base: BenchBase;
  checkpointing?: boolean;
  seed?: number;
}

/**
 * A LLaMA with random weights as the instruct stage would have it: loaded by its family from a checkpoint, adapters on all seven
 * projections, no pictures and a projector that does not learn.
 */
export async function randomModel(options: BenchModelOptions): Promise<LlavaModel> {
  const { shape, adapter, rank, base, checkpointing = false, seed = 1 } = options;
  const json = llamaJson(shape);
  const family = await familyFor(json['model_type'], 'the benchmark');
  const decoder = family.load(new RandomSource(family.tensors(json), base, seed), json);
  if (adapter !== 'none') {
    const config = adapterConfigSchema.parse({ method: adapter, rank, alpha: 2 * rank });
    injectAdapters(decoder.slots(), config, new Rng(seed, 'adapter'));
  }
  const projector = Projector.initialise({ visionSize: 1, hiddenSize: shape.width, bias: false, depth: 1 }, seed);
  return new LlavaModel({ projector, decoder, trainProjector: false, checkpointing });
}

/** Samples of random tokens, each position with a label; every batch is one of the shape. */
export class RandomSamples implements BatchSource<LlavaBatch> {
  readonly size: number;

  constructor(
    private readonly shape: BenchShape,
    private readonly seed = 1,
  ) {
    this.size = shape.batch;
  }

  batch(indices: readonly number[]): LlavaBatch {
    const { vocab, tokens } = this.shape;
    const inputIds = Int32Array.from(
      indices.flatMap((index) => {
        const rng = new Rng(this.seed, 'sample', index);
        return Array.from({ length: tokens }, () => rng.int(vocab));
      }),
    );
    return { size: indices.length, inputIds, labels: inputIds.slice() };
  }
}
