import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { loadGradients } from './gradients';
import { loadBinding } from './load-binding';
import type { NativePaths } from '../provision/native-paths';
import type { TensorInput, TfBinding, TfTensorMetadata } from './tf-binding';
import { tellThreads } from './threads';

const require = createRequire(import.meta.url);

/** Name under which tfjs-node registers its kernels. */
export const NATIVE_BACKEND = 'tensorflow';

/** The members of tfjs-node's kernel backend that raw ops go through. */
export interface NativeBackend extends tf.KernelBackend {
  readonly binding: TfBinding;
  readonly isUsingGpuDevice: boolean;
  /** Handles of the inputs; uploads values that JavaScript still holds. */
  getInputTensorIds(tensors: TensorInput[]): number[];
  /** A tracked tensor that takes over a handle. */
  createOutputTensor(metadata: TfTensorMetadata): tf.Tensor;
}

type BackendClass = new (binding: TfBinding, packageName: string) => NativeBackend;

let native: NativeBackend | undefined;

/** Variable by which oneDNN may compute float32 products with bf16 factors; read by the library at its first op. */
const FAST_MATH_VARIABLE = 'TF_SET_ONEDNN_FPMATH_MODE';

/** Whether float32 products are computed with factors rounded to bf16. */
export function isFastMath(): boolean {
  return process.env[FAST_MATH_VARIABLE] === 'BF16';
}

/** Loads the addon and registers it with tfjs; throws when the addon does not load. Does so once per process. */
export function loadNative(paths: NativePaths, fastMath = false): NativeBackend {
  if (native) return native;
  if (fastMath) process.env[FAST_MATH_VARIABLE] = 'BF16';
  else delete process.env[FAST_MATH_VARIABLE]; // a parent process may have set it for itself
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  process.env['TF_ONEDNN_USE_SYSTEM_ALLOCATOR'] ??= 'true'; // its own never gives anything back
  tellThreads();
  const binding = loadBinding(paths);
  loadGradients();
  // The same CommonJS instance of tfjs-core that `import` gives: one engine, one Tensor class.
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels');
  const module = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend') as {
    NodeJSKernelBackend: BackendClass;
  };
  native = new module.NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu');
  const instance = native;
  tf.registerBackend(NATIVE_BACKEND, () => instance, 3);
  return instance;
}

/** The loaded native backend. Throws when startBackend() has not chosen it. */
export function nativeBackend(): NativeBackend {
  if (native === undefined || !isNative())
    throw new Error('raw ops need the native backend: await startBackend() first, and check isNative()');
  return native;
}

/** Whether tfjs runs on the native backend now. */
export function isNative(): boolean {
  return tf.getBackend() === NATIVE_BACKEND;
}
