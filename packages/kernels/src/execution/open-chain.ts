import type { tf } from '@moslora/runtime';
import type { KernelAttributes, KernelInput, KernelOutput } from './kernel-op';

/** Calls of our ops that wait for each other, see `chained`. */
export interface OpenChain {
  /** The results of one more; they exist once somebody asks for them. */
  add(
    name: string,
    attributes: KernelAttributes,
    inputs: readonly KernelInput[],
    outputs: readonly KernelOutput[],
  ): tf.Tensor[];
  /** Whether a waiting call reads this handle. */
  reads(handle: number): boolean;
  /** Runs what waits. */
  run(): unknown;
}

/** What a waiting call will give: stands in place of a handle until then. */
export interface WaitingResult {
  readonly chain: OpenChain;
  /** Of which call, and which of its outputs. */
  readonly call: number;
  readonly output: number;
  readonly type: number;
  /** Once the chain has run, unless nobody wanted it any more. */
  handle?: number;
}

let open: OpenChain | undefined;

/** The chain that calls are added to now, where there is one. */
export function openChain(): OpenChain | undefined {
  return open;
}

export function setOpenChain(chain: OpenChain | undefined): void {
  open = chain;
}
