import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { writeFileSync } from 'node:fs';
import type { CommandRunner, NativePaths } from '@moslora/runtime';
import { architectureFlags, type CudaCompiler } from './cuda-compiler';
import { compiledSources } from './sources';

/** Whether a file of the addon for GPUs is compiled by nvcc; the others do not know CUDA. */
export const isForNvcc = (name: string): boolean => name.endsWith('.cu') || name.startsWith('native/cuda/');

/**
 * Compiles the addon's device code in `work`, where copies of the sources lie, and gives the object files. Throws with the compiler's
 * first error.
 */
export async function compileDeviceCode(
  work: string,
  paths: NativePaths,
  { program }: CudaCompiler,
  { run, report }: { run: CommandRunner; report?(name: string, output: string): void },
): Promise<string[]> {
  const waiting = compiledSources('cuda').filter(isForNvcc);
  const objects = waiting.map((name) => `${name}.o`);
  const compileNext = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const args = [
        ...['-std=c++17', '-O3', '-DMOSLORA_CUDA', '-DMOSLORA_DEVICE="GPU"', '-Inative', `-I${paths.include}`],
        ...['-Xcompiler=-fPIC,-fvisibility=hidden', ...architectureFlags, ...(report ? ['-Xptxas=-v'] : [])],
        ...['-c', name, '-o', `${name}.o`],
      ];
      const result = await run(program, args, { cwd: work, timeout: 30 * 60_000 });
      const text = `${result.stdout}\n${result.stderr}`;
      if (result.code === 0) {
        report?.(name, text);
        continue;
      }
      waiting.length = 0;
      throw new Error(/^.*(?:error|fatal)\b.*:.*$/m.exec(text)?.[0] ?? `nvcc ended with ${result.code} at ${name}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, compileNext));
  return objects.map((name) => join(work, name));
}

/** Puts a C++ file beside each CUDA one in `work`, for a compiler that goes by names, and gives the names of all files to compile. */
export function asPlainSources(work: string): string[] {
  return compiledSources('emulated').map((name) => {
    if (!name.endsWith('.cu')) return name;
    writeFileSync(join(work, `${name}.cc`), `#include "${basename(name)}"\n`);
    return join(dirname(name), `${basename(name)}.cc`);
  });
}
