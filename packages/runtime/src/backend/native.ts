import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { loadGradients } from './gradients';
import type { NativePaths } from '../provision/native-paths';
import type { TensorInput, TfBinding, TfTensorMetadata } from './tf-binding';

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

/** Loads the addon and registers it with tfjs; throws when the addon does not load. */
export function loadNative(paths: NativePaths): NativeBackend {
  if (native) return native;
  const binding = withoutNotices(paths, () => require(paths.binding) as TfBinding);
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

/** Keeps what the library writes about itself while it loads off standard error, unless TF_CPP_MIN_LOG_LEVEL asks for it. */
function withoutNotices<T>(paths: NativePaths, load: () => T): T {
  const asked = process.env['TF_CPP_MIN_LOG_LEVEL'] !== undefined;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  if (asked || !existsSync(paths.stderrGate)) return load();
  const gate = require(paths.stderrGate) as { close(): void; open(): void };
  gate.close();
  try {
    return load();
  } finally {
    gate.open();
  }
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
