import { startEngine } from '@moslora/kernels';
import { generateTokens } from '@moslora/model-llava';
import { memoryReport, Rng } from '@moslora/runtime';
import { usePrecision } from '../tuning/run-training';
import { machineFacts, type MachineFacts } from './machine-facts';
import { medianOf } from './median';
import { randomModel } from './random-model';
import { weightBytes, type BenchBase } from './weight-bytes';
import { prefillFlops } from './flops';
import { spellShape, type BenchShape } from './shape';
import type { StepFigures } from './bench-step';

export interface BenchDecodeOptions {
  /** Batch and tokens are those of the prompts. */
  shape: BenchShape;
  base: BenchBase;
  /** Tokens of each answer. */
  newTokens: number;
  precision: 'auto' | 'float32' | 'bfloat16';
  log?(line: string): void;
}

/** Figures of one process that answered once. */
export interface DecodeFigures extends MachineFacts, Pick<StepFigures, 'shape' | 'base' | 'precision' | 'peak_mb'> {
  new_tokens: number;
  /** From the prompts to the first token of each. */
  prefill_s: number;
  prefill_tokens_per_s: number;
  prefill_gflops: number;
  /** Median over the tokens after the first: one of each prompt. */
  token_s: number;
  tokens_per_s: number;
  /** Bytes of weights that every token reads: the layers' as they are kept, scales included, and the head's. */
  weight_bytes: { layers: number; head: number };
  /** These over the time of a token, in 10⁹ bytes a second. */
  weight_gb_per_s: number;
}

/** Times greedy answers to random prompts by the generation that answers questions: prefill, then token after token. */
export async function benchDecode(options: BenchDecodeOptions): Promise<DecodeFigures> {
  const { shape, base, newTokens } = options;
  const engine = await startEngine(options.log ? { log: options.log } : {});
  const precision = usePrecision(options.precision);
  const model = await randomModel({ shape, base, adapter: 'none', rank: 1 });
  const rng = new Rng(1, 'prompts');
  const prompts = Array.from({ length: shape.batch }, () =>
    Array.from({ length: shape.tokens }, () => rng.int(shape.vocab)),
  );
  const answer = async (most: number): Promise<number[]> => {
    const times: number[] = [];
    let last = performance.now();
    for await (const _ of generateTokens(model, prompts, {}, { maxNewTokens: most })) {
      times.push((performance.now() - last) / 1000);
      last = performance.now();
    }
    return times;
  };
  await answer(3); // what later answers find prepared
  const [prefill, ...tokens] = (await answer(newTokens)) as [number, ...number[]];
  const token = medianOf(tokens);
  const bytes = weightBytes(shape, base);
  return {
    ...{ shape: spellShape(shape), base, precision, new_tokens: newTokens },
    prefill_s: prefill,
    prefill_tokens_per_s: (shape.batch * shape.tokens) / prefill,
    prefill_gflops: prefillFlops(shape) / prefill / 1e9,
    token_s: token,
    tokens_per_s: shape.batch / token,
    weight_bytes: bytes,
    weight_gb_per_s: (bytes.layers + bytes.head) / token / 1e9,
    peak_mb: memoryReport().peakRssBytes / 1e6,
    ...machineFacts(engine),
  };
}
