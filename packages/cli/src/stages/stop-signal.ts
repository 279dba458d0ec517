import { exitCodes } from '../exit-codes';

/**
 * Runs `work` with a signal that is aborted by the first Ctrl-C or SIGTERM, so that it can save what it has; the second one ends
 * the process at once.
 */
export async function untilSignal<T>(
  work: (signal: AbortSignal) => Promise<T>,
  log: (line: string) => void,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    log('stopping as soon as what is done is safe; once more to stop at once');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
