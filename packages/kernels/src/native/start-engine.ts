import { startBackend, type BackendInfo, type StartBackendOptions } from '@moslora/runtime';
import { kernelsInfo, type KernelsInfo } from './kernels-addon';

/** What computes: the backend, and the fused ops on it. */
export interface EngineInfo extends BackendInfo {
  kernels: KernelsInfo;
}

let announced: string | undefined;

/**
 * Starts the backend and loads the fused ops where there are some. `log` gets one line that says what runs:
 * `native: TensorFlow 2.21.0 on CPU, 2 threads, AVX-512 bf16, fused kernels avx512bf16`, or why the plain ops do.
 * @throws UserError as `startBackend` does, and where MOSLORA_KERNELS or MOSLORA_CPU_LEVEL has an unknown value
 */
export async function startEngine({ log, ...options }: StartBackendOptions = {}): Promise<EngineInfo> {
  const backend = await startBackend(options);
  const kernels = kernelsInfo();
  const summary = backend.backend === 'native' ? `${backend.summary}, ${describeKernels(kernels)}` : backend.summary;
  if (announced !== summary) log?.(summary);
  announced = summary;
  return { ...backend, summary, kernels };
}

/** `fused kernels avx512bf16`, or `plain ops: <why>`. */
export function describeKernels({ level, reason }: KernelsInfo): string {
  return level === undefined ? `plain ops: ${reason}` : `fused kernels ${level}`;
}
