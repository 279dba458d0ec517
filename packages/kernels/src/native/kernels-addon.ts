import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import {
  backendInfo,
  collectGarbage,
  isNative,
  lastProvisionFailure,
  nativePaths,
  threadCount,
} from '@moslora/runtime';
import { addonPath } from './addon-path';
import { addonProblem, touchAddon } from './addon-manifest';
import { wantedBuild, type AddonTarget } from './addon-target';
import { kernelsMode } from './kernels-mode';

const require = createRequire(import.meta.url);
const repair = 'npx nx run runtime:provision';

/** The addon in `native/addon.cc`. */
interface KernelsAddon {
  /** Registers all ops with TensorFlow and gives their names. */
  register(): string[];
  setThreads(count: number): void;
  /** Gives the system memory that is free, or comes back from a file when it is needed. */
  giveBack(): void;
}

/** Which ops run here, and why not the fused ones. */
export interface KernelsInfo {
  /** The fused ops that run; none where the plain ones do. */
  ops: readonly string[];
  /** What they are compiled for, where there are some. */
  level?: AddonTarget;
  /** Threads of the fused ops. */
  threads?: number;
  /** Why the plain ops run, in one line. */
  reason?: string;
}

let info: KernelsInfo | undefined;
let ops: ReadonlySet<string> | undefined;
let loaded: KernelsAddon | undefined;
const none: ReadonlySet<string> = new Set();

/** Whether this fused op runs here: on the native backend, where the addon is built, unless MOSLORA_KERNELS=plain. */
export function hasKernel(name: string): boolean {
  return kernelOps().has(name);
}

/** The names of the fused ops; none where the addon is missing or cannot be used. Loads it at the first call. */
export function kernelOps(): ReadonlySet<string> {
  if (!isNative()) return none;
  return (ops ??= new Set(kernelsInfo().ops));
}

/** Which ops run on the backend that runs now. Loads the addon at the first call on the native one; one that does not load is not used. */
export function kernelsInfo(): KernelsInfo {
  if (!isNative()) return { ops: [], reason: 'the fused ops need the native backend' };
  return (info ??= load());
}

/**
 * Gives the system what getting ready has left in this process: arrays of JavaScript that nobody holds, what malloc keeps free, code that ran
 * once. Takes some 0.1 s; does nothing where the fused ops do not run.
 */
export function giveBackMemory(): void {
  if (loaded === undefined) return;
  collectGarbage();
  loaded.giveBack();
}

function load(): KernelsInfo {
  const plain = (reason: string): KernelsInfo => ({ ops: [], reason });
  if (kernelsMode() === 'plain') return plain('MOSLORA_KERNELS=plain');
  const paths = nativePaths();
  if (paths === undefined) return plain('the native library was not provisioned');
  const build = wantedBuild(backendInfo().device);
  const level = build.target;
  const file = addonPath(paths, build);
  const problem = addonProblem(file);
  if (problem === 'missing') {
    const note = lastProvisionFailure(dirname(paths.root), 'kernels');
    return plain(note ? `${note} (${repair} tries again)` : `the fused ops are not built for ${level}: ${repair}`);
  }
  if (problem === 'damaged') return plain(`${file} is damaged: ${repair}`);
  try {
    const addon = require(file) as KernelsAddon;
    const threads = threadCount();
    addon.setThreads(threads);
    const registered = addon.register();
    touchAddon(file);
    loaded = addon;
    return { ops: registered, level, threads };
  } catch (error) {
    return plain(`the fused ops do not load (${(error as Error).message.split('\n')[0]}): ${repair}`);
  }
}
