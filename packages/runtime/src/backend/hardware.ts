import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Instruction sets that decide how fast matrices are multiplied, in the kernel's spelling. */
const telling = [
  'avx',
  'fma',
  'f16c',
  'avx2',
  'avx512f',
  'avx512bw',
  'avx512vl',
  'avx512dq',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'amx_bf16',
  'amx_int8',
  'asimd',
  'bf16',
];

/** CPU features as in /proc/cpuinfo that matter for arithmetic; empty where that file does not exist. */
export function cpuFeatures(cpuinfo = '/proc/cpuinfo'): string[] {
  if (!existsSync(cpuinfo)) return [];
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync(cpuinfo, 'utf8'))?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  return telling.filter((flag) => flags.has(flag));
}

/** The processor's name, e.g. `Intel(R) Xeon(R) …`; undefined where the system does not tell. */
export function cpuModel(cpuinfo = '/proc/cpuinfo'): string | undefined {
  if (!existsSync(cpuinfo)) return undefined;
  return /^model name\s*:\s*(.+)$/m.exec(readFileSync(cpuinfo, 'utf8'))?.[1];
}

/** Whether an NVIDIA driver is loaded. */
export function hasNvidiaDriver(proc = '/proc/driver/nvidia'): boolean {
  return existsSync(join(proc, 'version'));
}

/** Names of the NVIDIA GPUs the driver lists. */
export function gpuNames(proc = '/proc/driver/nvidia'): string[] {
  const folder = join(proc, 'gpus');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((id) => {
    const file = join(folder, id, 'information');
    const name = existsSync(file) ? /^Model:\s*(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
    return name ? [name] : [];
  });
}
