import { medianOf } from '../../../packages/cli/src/bench/median';

/** Runs a second, by the median of as many as two seconds allow, five at least, after two that do not count. */
export function rateOf(run: () => void, seconds = 2): number {
  run();
  run();
  const times: number[] = [];
  for (const end = performance.now() + 1000 * seconds; performance.now() < end || times.length < 5;) {
    const began = performance.now();
    run();
    times.push((performance.now() - began) / 1000);
  }
  return 1 / medianOf(times);
}
