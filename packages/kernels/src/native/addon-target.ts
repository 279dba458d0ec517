import { cpuLevel, type CpuLevel } from './cpu-level';
import { kernelsMode } from './kernels-mode';

/** What an addon computes on: a processor with the instructions of a level, an NVIDIA GPU, or the GPU's code on an emulation of one. */
export type AddonTarget = CpuLevel | 'cuda' | 'emulated';

/** One build of the addon. */
export interface AddonBuild {
  target: AddonTarget;
  /** Built with the address sanitizer, for finding errors. */
  sanitized: boolean;
}

/** Whether an addon is made of the ops' CUDA code (`native/*.cu`) rather than of that for processors. */
export function isDeviceCode(target: AddonTarget): target is 'cuda' | 'emulated' {
  return target === 'cuda' || target === 'emulated';
}

/**
 * The build that MOSLORA_KERNELS and MOSLORA_CPU_LEVEL ask for where TensorFlow computes on this device.
 * @throws UserError where one of them has an unknown value
 */
export function wantedBuild(device: 'cpu' | 'gpu'): AddonBuild {
  const mode = kernelsMode();
  if (device === 'gpu') return { target: 'cuda', sanitized: false };
  if (mode === 'emulated') return { target: 'emulated', sanitized: false };
  return { target: cpuLevel(), sanitized: mode === 'sanitized' };
}
