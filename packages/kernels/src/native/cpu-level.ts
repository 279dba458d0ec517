import { cpuFeatures } from '@moslora/runtime';
import { fail } from '@moslora/specs';

/** A set of instructions that the addon is compiled for, from the most to the least capable. */
export type CpuLevel = 'avx512bf16' | 'avx512' | 'avx2' | 'portable';

interface LevelFacts {
  level: CpuLevel;
  /** What the processor must have, in the kernel's spelling. */
  needs: readonly string[];
  flags: readonly string[];
}

const avx2 = { needs: ['avx2', 'fma', 'f16c'], flags: ['-mavx2', '-mfma', '-mf16c'] };
const avx512 = {
  needs: [...avx2.needs, 'avx512f', 'avx512bw', 'avx512vl', 'avx512dq'],
  flags: [...avx2.flags, '-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512dq', '-mprefer-vector-width=512'],
};

const levels: readonly LevelFacts[] = [
  { level: 'avx512bf16', needs: [...avx512.needs, 'avx512_bf16'], flags: [...avx512.flags, '-mavx512bf16'] },
  { level: 'avx512', ...avx512 },
  { level: 'avx2', ...avx2 },
  { level: 'portable', needs: [], flags: [] },
];

export const cpuLevels: readonly CpuLevel[] = levels.map(({ level }) => level);

/** Compiler flags of a level. */
export function compilerFlags(level: CpuLevel): readonly string[] {
  return levels.find((facts) => facts.level === level)!.flags;
}

/** The levels that a processor with these features can run, best first; default: this machine's. */
export function ableLevels(features: readonly string[] = cpuFeatures()): CpuLevel[] {
  return levels.filter(({ needs }) => needs.every((need) => features.includes(need))).map(({ level }) => level);
}

/**
 * The best level that a processor with these features can run; default: this machine's. MOSLORA_CPU_LEVEL may name a lower one.
 * @throws UserError where it names one that this processor cannot run, or none
 */
export function cpuLevel(
  features: readonly string[] = cpuFeatures(),
  env = process.env['MOSLORA_CPU_LEVEL'],
): CpuLevel {
  const able = ableLevels(features);
  if (!env) return able[0] as CpuLevel;
  const named = able.find((level) => level === env);
  if (named !== undefined) return named;
  const known = (cpuLevels as readonly string[]).includes(env);
  return fail({
    what: known ? 'This processor lacks what that level needs' : 'Unknown level of the processor',
    where: 'MOSLORA_CPU_LEVEL',
    got: env,
    expected: able.join(', '),
    fix: 'set one of these, or unset it: the best one',
  });
}
