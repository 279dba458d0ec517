import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './running-process';
import { syncFolder } from './sync-folder';

/**
 * Lets `fill` write a folder under the temporary name `.<name>.tmp-<pid>` beside `finalDir`; after it succeeded, the folder takes
 * the final name and what stood there is removed. When it throws, the temporary folder is removed and the old one stays.
 * Leftovers of writers that were killed are cleared first.
 */
export async function withNewFolder(
  finalDir: string,
  fill: (temporaryDir: string) => Promise<void> | void,
): Promise<void> {
  const parent = dirname(finalDir);
  mkdirSync(parent, { recursive: true });
  clearLeftovers(finalDir);
  const temporary = join(parent, `.${basename(finalDir)}.tmp-${process.pid}`);
  mkdirSync(temporary);
  try {
    await fill(temporary);
    syncFolder(temporary);
    swap(temporary, finalDir);
    syncFolder(parent);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw underFinalName(error, temporary, finalDir);
  }
}

/** An error of the operating system with the place a person named: a full disk is found where the folder was to be, not in one that is gone. */
function underFinalName(error: unknown, temporary: string, finalDir: string): unknown {
  if (!(error instanceof Error) || typeof (error as NodeJS.ErrnoException).code !== 'string') return error;
  const system = error as NodeJS.ErrnoException & { dest?: string };
  // Of a copy, the room is wanting where it goes.
  const full = system.code === 'ENOSPC' || system.code === 'EDQUOT';
  const path = (full ? system.dest : undefined) ?? system.path ?? finalDir;
  system.path = path.startsWith(temporary) ? finalDir + path.slice(temporary.length) : path;
  return error;
}

function swap(temporary: string, finalDir: string): void {
  if (!existsSync(finalDir)) {
    renameSync(temporary, finalDir);
    return;
  }
  const old = join(dirname(finalDir), `.${basename(finalDir)}.old-${process.pid}`);
  renameSync(finalDir, old);
  try {
    renameSync(temporary, finalDir);
  } catch (error) {
    renameSync(old, finalDir);
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/**
 * Removes what writers of `finalDir` left beside it when they were killed, or puts the old folder back where that is the only whole
 * one. Gives the bytes that were freed.
 */
export function clearLeftovers(finalDir: string): number {
  const parent = dirname(finalDir);
  if (!existsSync(parent)) return 0;
  let freed = 0;
  for (const entry of readdirSync(parent)) {
    const mark = /\.(tmp|old)-(\d+)$/.exec(entry);
    if (!mark || entry !== `.${basename(finalDir)}${mark[0]}`) continue;
    // This process's own number on a leftover means that a killed one had it before.
    const pid = Number(mark[2]);
    if (pid !== process.pid && isRunning(pid)) continue;
    const leftover = join(parent, entry);
    // Killed between the two renames: the old folder is the only whole one.
    if (mark[1] === 'old' && !existsSync(finalDir)) renameSync(leftover, finalDir);
    else {
      freed += bytesOnDisk(leftover);
      rmSync(leftover, { recursive: true, force: true });
    }
  }
  return freed;
}

/** Of a folder's files; one that is written piece by piece may be longer than what of it is there. */
function bytesOnDisk(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + 512 * statSync(join(parentPath, name)).blocks, 0);
}
