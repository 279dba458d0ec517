import { cpus } from 'node:os';
import type { EngineInfo } from '@moslora/kernels';
import { cpuModel } from '@moslora/runtime';
import { versions } from '../stages/versions';

/** What figures have to be read with. */
export interface MachineFacts {
  backend: string;
  /** Level of the fused kernels, or `plain`. */
  kernels: string;
  threads: number;
  cpu: string;
  versions: Record<string, string>;
}

export function machineFacts(engine: EngineInfo): MachineFacts {
  return {
    backend: `${engine.library} on ${engine.gpu ?? 'CPU'}`,
    kernels: engine.kernels.level ?? 'plain',
    threads: engine.threads,
    cpu: cpuModel() ?? cpus()[0]?.model ?? 'unknown',
    versions: versions(engine),
  };
}
