import { cpuFeatures, gpuNames } from './hardware';
import { threadCount } from './threads';

export type BackendName = 'native' | 'wasm';

/** What computes, for `moslora device`, run.json and reports. */
export interface BackendInfo {
  backend: BackendName;
  /** One line for a person. */
  summary: string;
  /** e.g. `TensorFlow 2.21.0` */
  library: string;
  /** Threads inside one op. */
  threads: number;
  /** Instruction sets as in /proc/cpuinfo. */
  cpuFeatures: string[];
  device: 'cpu' | 'gpu';
  /** Whether float32 products are computed with factors rounded to bf16 (see StartBackendOptions.fastMath). */
  fastMath: boolean;
  /** The GPU's name, where one is used. */
  gpu?: string;
  /** Why it is not the native backend, where that was wanted. */
  reason?: string;
}

export function describeNative(version: string, gpuInUse: boolean, fastMath: boolean): BackendInfo {
  const features = cpuFeatures();
  const threads = threadCount();
  const library = `TensorFlow ${version}`;
  const gpu = gpuInUse ? (gpuNames()[0] ?? 'GPU') : undefined;
  const cpu = `CPU, ${threads} thread${threads === 1 ? '' : 's'}${widest(features)}${fastMath ? ', fast math' : ''}`;
  const base = {
    backend: 'native',
    library,
    threads,
    cpuFeatures: features,
    fastMath,
    summary: `native: ${library} on ${gpu ?? cpu}`,
  } as const;
  return gpu ? { ...base, device: 'gpu', gpu } : { ...base, device: 'cpu' };
}

export function describeWasm(version: string, simd: boolean, reason?: string): BackendInfo {
  const library = `tfjs WebAssembly ${version}`;
  const summary = `wasm: ${library}${simd ? ' with SIMD' : ''}, 1 thread${reason ? ` (${reason})` : ''}`;
  const machine = { threads: 1, cpuFeatures: cpuFeatures(), device: 'cpu', fastMath: false } as const;
  return { backend: 'wasm', library, ...machine, summary, ...(reason ? { reason } : {}) };
}

function widest(features: string[]): string {
  const names: [string, string][] = [
    ['amx_bf16', 'AMX bf16'],
    ['avx512_bf16', 'AVX-512 bf16'],
    ['avx512f', 'AVX-512'],
    ['avx2', 'AVX2'],
  ];
  const name = names.find(([flag]) => features.includes(flag))?.[1];
  return name ? `, ${name}` : '';
}
