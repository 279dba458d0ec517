import { availableParallelism } from 'node:os';
import { fail } from '@moslora/specs';

const MOST = 1024;

/**
 * Threads inside one op, TensorFlow's and ours: MOSLORA_THREADS, else TF_NUM_INTRAOP_THREADS, else one per usable core.
 * @throws UserError where MOSLORA_THREADS is not a number of threads
 */
export function threadCount(env: NodeJS.ProcessEnv = process.env): number {
  const wanted = env['MOSLORA_THREADS'];
  if (wanted === undefined || wanted === '') return Number(env['TF_NUM_INTRAOP_THREADS']) || availableParallelism();
  const count = Number(wanted);
  if (Number.isInteger(count) && count >= 1 && count <= MOST) return count;
  return fail({
    what: 'This is not a number of threads',
    where: 'MOSLORA_THREADS',
    got: wanted,
    expected: `a whole number from 1 to ${MOST}`,
    fix: 'set one, or unset it: one thread per usable core',
  });
}

/** Tells TensorFlow's library how many threads to use: it reads these variables while it loads. Ops run one after another. */
export function tellThreads(env: NodeJS.ProcessEnv = process.env): void {
  if (env['MOSLORA_THREADS']) env['TF_NUM_INTRAOP_THREADS'] = String(threadCount(env));
  env['TF_NUM_INTEROP_THREADS'] ??= '1';
}
