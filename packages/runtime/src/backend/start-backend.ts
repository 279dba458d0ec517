import * as tf from '@tensorflow/tfjs-core';
import { fail } from '@moslora/specs';
import { nativeCache, nativePaths } from '../provision/native-paths';
import { lastProvisionFailure } from '../provision/failure-note';
import { describeNative, describeWasm, type BackendInfo } from './backend-info';
import { isFastMath, loadNative, NATIVE_BACKEND } from './native';
import { threadCount } from './threads';
import { startWasm } from './wasm';

export type BackendChoice = 'auto' | 'native' | 'wasm';
const choices: readonly BackendChoice[] = ['auto', 'native', 'wasm'];

export interface StartBackendOptions {
  /** Default: the variable MOSLORA_BACKEND, else `auto`: native where it is provisioned, else wasm. */
  backend?: BackendChoice;
  /**
   * Lets oneDNN round the factors of float32 products (matrix products, convolutions) to bf16 and add up in float32: 4 to 6
   * times as fast on processors with AMX, with bf16's relative error of 2^-9 per factor. Holds for the whole process and
   * only on the CPU; decided when the library is loaded, later wishes have no effect. Default: MOSLORA_FAST_MATH=1, else off.
   */
  fastMath?: boolean;
  /** Gets one line that says what runs, and why when it is not the native backend. */
  log?(line: string): void;
}

let current: BackendInfo | undefined;

/**
 * Chooses and starts the backend. Calling it again returns what runs; asking for the other one by name switches.
 * Fails (UserError) when `native` is demanded and there is none, or MOSLORA_BACKEND or
 * MOSLORA_THREADS has an unknown value.
 */
export async function startBackend(options: StartBackendOptions = {}): Promise<BackendInfo> {
  const choice = options.backend ?? choiceFromEnvironment();
  if (current && (choice === 'auto' || choice === current.backend)) return current;
  threadCount(); // a mistake there is said before anything is loaded
  tf.enableProdMode();
  current =
    choice === 'wasm'
      ? await wasm()
      : await nativeOr(choice, options.fastMath ?? process.env['MOSLORA_FAST_MATH'] === '1');
  options.log?.(current.summary);
  return current;
}

/** What startBackend() chose. Throws before that. */
export function backendInfo(): BackendInfo {
  if (!current) throw new Error('no backend runs yet: await startBackend() first');
  return current;
}

async function nativeOr(choice: 'auto' | 'native', fastMath: boolean): Promise<BackendInfo> {
  const started = await tryNative(fastMath);
  if (typeof started !== 'string') return started;
  if (choice === 'auto') return wasm(started);
  return fail({
    what: 'The native backend is demanded, and there is none that works',
    where: nativeCache(),
    got: started,
    expected: 'a provisioned libtensorflow',
    fix: 'run `npx nx run runtime:provision`, or set MOSLORA_BACKEND=auto',
  });
}

/** Starts the native backend; returns why not, in one line, when it does not start. */
async function tryNative(fastMath: boolean): Promise<BackendInfo | string> {
  const paths = nativePaths();
  if (!paths) return lastProvisionFailure() ?? 'no native library yet: npx nx run runtime:provision';
  try {
    const { binding, isUsingGpuDevice } = loadNative(paths, fastMath);
    if (!(await tf.setBackend(NATIVE_BACKEND))) return 'the native backend did not start';
    return describeNative(binding.TF_Version, isUsingGpuDevice, isFastMath());
  } catch (error) {
    return `the native library does not load: ${(error as Error).message.split('\n')[0]}`;
  }
}

async function wasm(reason?: string): Promise<BackendInfo> {
  const version = await startWasm();
  return describeWasm(version, (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true, reason);
}

function choiceFromEnvironment(): BackendChoice {
  const value = process.env['MOSLORA_BACKEND'] || 'auto';
  const choice = choices.find((known) => known === value);
  return (
    choice ??
    fail({
      what: 'Unknown backend',
      where: 'MOSLORA_BACKEND',
      got: value,
      expected: choices.join(', '),
      fix: 'set one of these, or unset it',
    })
  );
}
