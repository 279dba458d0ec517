import { join } from 'node:path';
import { injectAdapters } from '@moslora/adapters';
import { SafetensorsFile, withTemporaryFolder } from '@moslora/checkpoint';
import type { Decoder, DecoderFamily } from '@moslora/decoder';
import { familyFor, LlavaModel, Projector, type LlavaBatch } from '@moslora/model-llava';
import { Rng } from '@moslora/runtime';
import { adapterConfigSchema } from '@moslora/specs';
import type { BatchSource } from '@moslora/training';
import type { BenchAdapter } from './flops';
import { writeRandomWeights } from './random-weights';
import type { BenchBase } from './weight-bytes';
import { llamaJson, type BenchShape } from './shape';

export interface BenchModelOptions {
  shape: BenchShape;
  adapter: BenchAdapter;
  /** r; alpha is twice that. */
  rank: number;
  /** The probability with which an element of the adapters' input is dropped. */
  dropout?: number;
  base: BenchBase;
  checkpointing?: boolean;
  seed?: number;
}

/**
 * A LLaMA with random weights as the instruct stage would have it: loaded by its family from a checkpoint, adapters on all seven
 * projections, no pictures and a projector that does not learn.
 */
export async function randomModel(options: BenchModelOptions): Promise<LlavaModel> {
  const { shape, adapter, rank, dropout = 0, base, checkpointing = false, seed = 1 } = options;
  const json = llamaJson(shape);
  const family = await familyFor(json['model_type'], 'the benchmark');
  const decoder = await randomDecoder(family, json, base, seed);
  const config = adapterConfigSchema.parse({
    method: adapter === 'none' ? 'lora' : adapter,
    rank,
    alpha: 2 * rank,
    dropout,
  });
  const adapters = adapter === 'none' ? undefined : injectAdapters(decoder.slots(), config, new Rng(seed, 'adapter'));
  const projector = Projector.initialise({ visionSize: 1, hiddenSize: shape.width, bias: false, depth: 1 }, seed);
  const model = new LlavaModel({ projector, decoder, trainProjector: false, checkpointing });
  model.adapters = adapters;
  return model;
}

/** A decoder loaded from a file with random weights, which is gone afterwards: what the decoder still reads of it, it holds open. */
function randomDecoder(
  family: DecoderFamily,
  json: Record<string, unknown>,
  base: BenchBase,
  seed: number,
): Promise<Decoder> {
  return withTemporaryFolder('moslora-bench-model', async (folder) => {
    const path = join(folder, 'model.safetensors');
    await writeRandomWeights(path, family.tensors(json), base, seed);
    const source = SafetensorsFile.open(path);
    const decoder = family.load(source, json);
    source.close();
    return decoder;
  });
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
