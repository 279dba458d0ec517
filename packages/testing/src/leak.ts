import { liveRawCount, tf } from '@moslora/runtime';

/**
 * Runs `fn` once to let caches fill and once more counted; throws when that second run leaves tensors or raw values
 * behind (or disposes some that it did not make). Returns what the second run returns.
 */
export async function expectNoLeak<T>(fn: () => T | Promise<T>): Promise<T> {
  await fn();
  const [tensors, raws] = [tf.memory().numTensors, liveRawCount()];
  const result = await fn();
  const [moreTensors, moreRaws] = [tf.memory().numTensors - tensors, liveRawCount() - raws];
  if (moreTensors !== 0 || moreRaws !== 0) {
    throw new Error(`tensors left behind: ${moreTensors}, raw values left behind: ${moreRaws}`);
  }
  return result;
}
