import { availableParallelism, cpus, totalmem } from 'node:os';
import { cpuFeatures, cpuModel } from '@moslora/runtime';

/** The machine that figures were taken on. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  features: string[];
}

export function thisMachine(): Machine {
  return {
    cpu: cpuModel() ?? cpus()[0]?.model ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    features: cpuFeatures().filter((feature) => /avx512f|avx512_bf16|amx_bf16|avx2|asimd|^bf16/.test(feature)),
  };
}

/** In one line. */
export function describeMachine({ cpu, cores, memoryGb, features }: Machine): string {
  return `${cpu}, ${cores} core${cores === 1 ? '' : 's'} (${features.join(', ')}), ${memoryGb} GB`;
}
