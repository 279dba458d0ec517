import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadCount } from '@moslora/runtime';
import { lastJson, output, root } from './processes';

export interface Bandwidth {
  read_gb_s: number;
  copy_gb_s: number;
}

/**
 * How fast this machine reads memory, with as many threads as ops have; undefined without a C++ compiler.
 * @param before words of the command line before the program's, such as chrt's
 */
export async function memoryBandwidth(before: readonly string[] = []): Promise<Bandwidth | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'bandwidth-'));
  const program = join(folder, 'bandwidth');
  try {
    const flags = ['-O3', '-march=native', '-std=c++17', '-pthread'];
    const compiler = process.env['CXX'] || 'g++';
    const compiled = await output(compiler, [...flags, join(root, 'tools/bench/bandwidth.cc'), '-o', program]).catch(
      () => undefined,
    );
    if (compiled === undefined) return undefined;
    const [first, ...rest] = [...before, program, String(threadCount())];
    return await lastJson<Bandwidth>(first!, rest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
