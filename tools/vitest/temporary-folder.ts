import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** What compilers keep from run to run under the system's temporary folder; tests that start processes go on using it. */
const kept = ['tsx', 'swc-node'].map((name) => `${name}-${process.geteuid?.() ?? userInfo().username}`);
/** Points to the folder for modules that Vitest itself makes, and leaves where it does not come to its end. */
const vitestsName = 'vitest';
/** Short, since sockets lie below it and their paths are limited. */
const ownName = /^moslora-t(\d+)-/;

/**
 * Vitest's global setup: one temporary folder for the whole run, which is the system's one to every worker and to all that they start. It is
 * removed when the run ends, passed or failed, also by Ctrl-C or SIGTERM; those of runs that were killed are removed by the next run.
 */
export default function temporaryFolder({ tmpDir }: Pick<TestProject, 'tmpDir'>): () => void {
  const system = tmpdir();
  removeAbandoned(system);
  const folder = mkdtempSync(join(system, `moslora-t${process.pid}-`));
  for (const name of kept) {
    mkdirSync(join(system, name), { recursive: true });
    symlinkSync(join(system, name), join(folder, name), 'junction');
  }
  symlinkSync(tmpDir, join(folder, vitestsName), 'junction');
  const names = ['TMPDIR', 'TMP', 'TEMP'] as const;
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = folder;
  // Vitest turns SIGINT and SIGTERM into process.exit without coming to the teardown.
  const exited = (): void => removeBoth(folder);
  process.once('exit', exited);
  return () => {
    process.off('exit', exited);
    names.forEach((name, index) => {
      if (before[index] === undefined) delete process.env[name];
      else process.env[name] = before[index];
    });
    rmSync(folder, removal);
  };
}

const removal = { recursive: true, force: true, maxRetries: 3 } as const;

/** Removes a run's folder, and Vitest's own one beside it. */
function removeBoth(folder: string): void {
  const link = join(folder, vitestsName);
  const vitests = lstatSync(link, { throwIfNoEntry: false }) && readlinkSync(link);
  if (vitests && dirname(vitests) === dirname(folder)) rmSync(vitests, removal);
  rmSync(folder, removal);
}

/** Removes the folders of runs whose process is gone. */
function removeAbandoned(system: string): void {
  for (const name of readdirSync(system)) {
    const pid = ownName.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      // In a folder that all users share, another's link must not say what is removed here.
      if (lstatSync(join(system, name)).uid === (process.geteuid?.() ?? 0)) removeBoth(join(system, name));
    } catch {
      // Removed by another run that starts.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
