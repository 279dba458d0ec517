import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fail } from '@moslora/specs';
import { temporaryName } from '../atomic-file';
import { holderSchema, holderText, mayBeAlive, thisProcess, type Holder } from './holder';

export interface LockOptions {
  /** What this process does there, such as `moslora evaluate`. */
  doing: string;
  /** What is locked, in messages. */
  what: string;
  /** What to do beside waiting, where another process is at work. */
  otherwise: string;
  log(line: string): void;
}

/**
 * Takes a lock: a file that names the process which holds it, made with all it says or not at all. One whose holder is gone is taken over, and
 * that is said.
 * @returns what gives it back; it is given back too where the process ends by itself
 * @throws UserError naming the holder where that is at work
 */
export function takeLock(path: string, options: LockOptions): () => void {
  const own = thisProcess(options.doing);
  mkdirSync(dirname(path), { recursive: true });
  const text = `${JSON.stringify(own)}\n`;
  const temporary = temporaryName(path);
  writeFileSync(temporary, text);
  try {
    while (!placed(temporary, path)) clearAway(path, options);
  } finally {
    rmSync(temporary, { force: true });
  }
  const release = (): void => {
    process.off('exit', release);
    if (textOf(path) === text) rmSync(path, { force: true });
  };
  process.once('exit', release);
  return release;
}

/** Does work while it holds a lock. @throws UserError naming the holder where another process is at work */
export async function whileLocked<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = takeLock(path, options);
  try {
    return await work();
  } finally {
    release();
  }
}

/** Puts a whole file in its place; false where one is there already. */
function placed(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(code)) throw error;
    return copied(from, to); // A file system without links.
  }
}

function copied(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a holder that is gone. */
function clearAway(path: string, options: LockOptions): void {
  const found = textOf(path);
  if (found === undefined) return;
  const holder = holderOf(found);
  if (!holder || mayBeAlive(holder)) refuse(path, holder, options);
  // Another process may have taken over meanwhile: what is moved away has to be what was read.
  const aside = temporaryName(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = textOf(aside);
  if (moved !== found) placed(aside, path);
  else options.log(`${options.what} was left by ${holderText(holder)}, which is gone: taken over`);
  rmSync(aside, { force: true });
}

function refuse(path: string, holder: Holder | undefined, { what, otherwise }: LockOptions): never {
  fail({
    what: `another process is at work in ${what}`,
    where: path,
    got: holder ? holderText(holder) : 'a lock that cannot be read',
    expected: 'one at a time: two would write into the same files',
    fix: `wait until it is done, or stop it; ${otherwise}${holder ? '' : '; or remove the lock where nothing is at work'}`,
  });
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function holderOf(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // Nothing says who holds it: that is what the caller is told.
  }
}
