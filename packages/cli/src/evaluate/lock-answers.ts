import { join } from 'node:path';
import { whileLocked } from '@moslora/checkpoint';
import type { ShardPlace } from '@moslora/evaluation';

/**
 * Writes answers into a folder while no other process may; shards, whose files are their own, keep out only those of the same place.
 * @throws UserError naming one that does
 */
export function whileAnswersLocked<T>(
  folder: string,
  { doing, shard, log }: { doing: string; shard?: ShardPlace | undefined; log(line: string): void },
  work: () => Promise<T>,
): Promise<T> {
  const lock = join(folder, shard ? `.answers.${shard.index}-of-${shard.of}.lock` : '.answers.lock');
  const own = shard ? `${doing} --shard ${shard.index}/${shard.of}` : doing;
  return whileLocked(lock, { doing: own, what: `the folder ${folder}`, otherwise: 'or give another --out', log }, work);
}
