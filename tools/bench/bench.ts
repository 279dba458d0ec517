import type { DecodeFigures } from '../../packages/cli/src/bench/bench-decode';
import type { LeakFigures } from '../../packages/cli/src/bench/bench-leaks';
import type { StepFigures } from '../../packages/cli/src/bench/bench-step';
import type { Python } from './python';

/** What the peer prints: the same as ours, without what only we count. */
export type PeerFigures = Omit<StepFigures, 'base' | 'kernels' | 'flops' | 'gflops'>;

/** What a measurement runs with. Every run is a process of its own, one at a time. */
export interface Bench {
  /** How often a measurement is repeated, ours and the peer in turn. */
  pairs: number;
  /** Steps that are timed in each process. */
  steps: number;
  /** Small shapes, for trying the harness out: `pick(real, quick)`. */
  pick<T>(real: T, quick: T): T;
  /** Python with torch, transformers and peft, or why there is none. */
  python: Python | { missing: string };
  log(line: string): void;
  /** `moslora bench step`. */
  step(args: readonly string[], env?: Record<string, string>): Promise<StepFigures>;
  /** `moslora bench decode`. */
  decode(args: readonly string[]): Promise<DecodeFigures>;
  /** `moslora bench leaks`; what leaks is in its figures. */
  leaks(args: readonly string[]): Promise<LeakFigures>;
  /** A script in tools/bench/ours. */
  ours<T>(script: string, args?: readonly string[]): Promise<T>;
  /** tools/bench/peer_pytorch.py; undefined where there is no PyTorch. */
  peerStep(args: readonly string[]): Promise<PeerFigures | undefined>;
  /** Another script in tools/bench; undefined where there is no PyTorch. */
  peer<T>(script: string, args?: readonly string[]): Promise<T | undefined>;
}

/** A figure beside what is wanted of it. */
export interface Goal {
  what: string;
  wanted: string;
  got: string;
  met: boolean;
}

/** One section of benchmarks/README.md: figures taken, kept as JSON, and shown. */
export interface Measurement<Result = unknown> {
  /** For `--only`, and its key in results.json. */
  name: string;
  title: string;
  run(bench: Bench): Promise<Result>;
  /** The section's Markdown, without its title. */
  render(result: Result): string;
  /** What is wanted of these figures, if anything. */
  goals?(result: Result): Goal[];
}

/** Keeps the result's type for `run` and `render` together. */
export function measurement<Result>(one: Measurement<Result>): Measurement {
  return one as Measurement;
}
