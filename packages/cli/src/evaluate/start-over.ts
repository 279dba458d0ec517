import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { resultFiles, type ShardPlace } from '@moslora/evaluation';
import type { ReadBenchmark } from '../benchmarks/read-benchmark';

/** Throws away the answers to benchmarks, and the results made of them. */
export function startOver(folder: string, benchmarks: readonly ReadBenchmark[], shard: ShardPlace | undefined): void {
  for (const { benchmark } of benchmarks) {
    const place = shard && `${shard.index}/${shard.of}`;
    rmSync(join(folder, resultFiles.answers(benchmark.name, place)), { force: true });
    if (!shard) rmSync(join(folder, resultFiles.result(benchmark.name)), { force: true });
  }
}
