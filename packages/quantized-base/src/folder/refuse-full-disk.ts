import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fail } from '@moslora/specs';

/** Throws a UserError where the disk that will hold `path` has less than `bytes` free: better said before an hour of work than after. */
export function refuseFullDisk(path: string, bytes: number): void {
  let there = resolve(path);
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  if (free >= bytes) return;
  fail({
    what: 'There is too little room on the disk',
    where: there,
    got: `${(free / 1e9).toFixed(2)} GB free`,
    expected: `${(bytes / 1e9).toFixed(2)} GB for the quantised weights`,
    fix: 'make room, or write to another disk',
  });
}
