import { createHash } from 'node:crypto';
import { scorers, type PromptStyle } from '@moslora/evaluation';
import type { Asked } from '@moslora/specs';
import type { ReadBenchmark } from '../benchmarks/read-benchmark';
import { versions } from '../stages/versions';
import type { Answerer } from './answerer';

/** What of a run decides its answers, beside the model and the benchmark. */
export interface Asking {
  prompt: PromptStyle;
  /** Default: the benchmark's. */
  maxNewTokens?: number | undefined;
  blind: boolean;
  /** Only the first questions. */
  limit?: number | undefined;
  /** What computes the answers. */
  computed: NonNullable<Asked['computed']>;
}

/** How a model is asked a benchmark's rows: what tables say of it, and what must be equal where a run goes on. */
export async function howAsked(answerer: Answerer, read: ReadBenchmark, asking: Asking): Promise<Asked> {
  const { benchmark, data } = read;
  const likelihoods = scorers[benchmark.scorer].asks === 'likelihoods';
  const { prompt, blind, computed } = asking;
  const limit = limitOf(read, asking);
  const voice = likelihoods ? undefined : answerer.voice();
  return {
    model: { name: answerer.name, sha256: await answerer.sha256() },
    ...(voice && {
      template: {
        name: voice.template.name,
        sha256: createHash('sha256').update(JSON.stringify(voice.template)).digest('hex'),
        stored: voice.stored,
      },
    }),
    ...(voice && answerer.system !== undefined && { system: answerer.system }),
    ...(benchmark.asked === 'options' && !likelihoods && { prompt }),
    decoding: likelihoods ? 'log-likelihoods of the options' : `greedy, at most ${newTokens(read, asking)} new tokens`,
    blind,
    computed,
    data: { ...data, ...(limit !== undefined && { limit }) },
    version: versions()['moslora'] ?? '',
  };
}

/** Most tokens of an answer. */
export const newTokens = ({ benchmark }: ReadBenchmark, { maxNewTokens }: Pick<Asking, 'maxNewTokens'>): number =>
  maxNewTokens ?? benchmark.maxNewTokens;

/** How many questions are asked at most; undefined: all. */
export function limitOf(read: ReadBenchmark, { limit }: Pick<Asking, 'limit'>): number | undefined {
  const least = Math.min(read.limit ?? Infinity, limit ?? Infinity);
  return least < Infinity ? least : undefined;
}
