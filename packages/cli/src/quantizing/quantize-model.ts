import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { quantizeFolder, type FloatType, type QuantizeSummary } from '@moslora/quantized-base';
import { z } from 'zod';
import { bytes as formatted } from '../progress/format';
import type { Bar, Reporter } from '../progress/reporter';
import { companionFiles } from './companion-files';
import { checkFolders } from './check-folders';
import { openWeights } from './open-weights';

export interface QuantizeModelOptions {
  double: boolean;
  skip: readonly string[];
  dtype: FloatType | 'keep';
  maxShardBytes?: number;
  /** Default: as many as there are processors, up to 4; none for a model so small that starting them would take longest. */
  threads?: number;
  /** Whether a folder that is there may be replaced. */
  replace: boolean;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** What was done, for people and for --json. */
export interface QuantizeReport extends QuantizeSummary {
  output: string;
  format: 'nf4';
  double: boolean;
  seconds: number;
  /** Input, in MB (10^6 bytes) a second. */
  megabytesPerSecond: number;
  peakMemoryBytes: number;
}

/** Below this many bytes of weights one thread is as fast. */
const worthThreads = 100e6;

/** Quantises the Hugging Face folder `input` into `output`, tokenizer and all, with a bar that counts MB. @throws UserError */
export async function quantizeModel(
  input: string,
  output: string,
  options: QuantizeModelOptions,
): Promise<QuantizeReport> {
  checkFolders(input, output, options.replace);
  const configPath = join(input, 'config.json');
  const config = readJson(configPath, z.record(z.string(), z.unknown()));
  const source = openWeights(input, config['tie_word_embeddings'] === true);
  const began = performance.now();
  const bytes = source.names().reduce((sum, name) => sum + source.info(name).byteLength, 0);
  const [unit, scale] = bytes < 10e6 ? ['kB', 1e3] : ['MB', 1e6];
  let bar: Bar | undefined;
  try {
    const summary = await quantizeFolder(source, config, output, {
      ...{ double: options.double, skip: options.skip, dtype: options.dtype, signal: options.signal },
      configText: readFileSync(configPath, 'utf8'),
      copy: companionFiles(input),
      maxShardBytes: options.maxShardBytes,
      threads: options.threads ?? (bytes < worthThreads ? 0 : Math.min(4, availableParallelism())),
      onCleared: (left) =>
        options.reporter.log(`removed ${formatted(left)} that a run left when it was killed; this one starts over`),
      onProgress: ({ done, total }) => {
        bar ??= options.reporter.bar({ label: 'nf4', total: Math.round(total / scale), unit });
        bar.update(Math.round(done / scale));
      },
    });
    const seconds = (performance.now() - began) / 1000;
    return {
      ...{ output, format: 'nf4', double: options.double, ...summary, seconds },
      megabytesPerSecond: summary.inputBytes / 1e6 / seconds,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    bar?.end();
    source.close();
  }
}
