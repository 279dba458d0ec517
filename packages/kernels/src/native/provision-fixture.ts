import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult, CommandRunner, NativeFlavour, NativePaths } from '@moslora/runtime';

export const done = (stdout = ''): CommandResult => ({ code: 0, stdout, stderr: '' });
export const failed = (stderr: string): CommandResult => ({ code: 1, stdout: '', stderr });

/** A library from a wheel: only what is looked at is there. */
export function library(flavour: NativeFlavour = 'cpu'): NativePaths {
  const root = join(mkdtempSync(join(tmpdir(), 'kernels-')), 'library');
  const lib = join(root, 'tensorflow');
  const include = join(lib, 'include');
  mkdirSync(join(include, 'tensorflow', 'c'), { recursive: true });
  writeFileSync(join(include, 'tensorflow', 'c', 'kernels.h'), '');
  const file = (name: string): string => join(root, name);
  const places = { binding: file('binding.node'), loader: file('loader.node'), manifest: file('manifest.json') };
  return { flavour, key: 'library', root, lib, include, ...places };
}

/** A machine where the compiler and the trial succeed, but for what is given. */
export function machine(
  overrides: {
    gyp?: string;
    nvcc?: (args: readonly string[]) => CommandResult;
    trial?: (call: number) => CommandResult;
  } = {},
) {
  const calls = { gyp: 0, trial: 0, nvcc: 0 };
  const run: CommandRunner = async (program, args, options) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (args.includes('rebuild')) {
      calls.gyp++;
      if (overrides.gyp !== undefined) return failed(overrides.gyp);
      mkdirSync(join(options!.cwd!, 'build', 'Release'), { recursive: true });
      writeFileSync(join(options!.cwd!, 'build', 'Release', 'kernels.node'), Buffer.alloc(1000, calls.gyp));
      return done();
    }
    if (program === 'nvcc') {
      calls.nvcc++;
      return overrides.nvcc?.(args) ?? done();
    }
    if (args[0] === '-e') return overrides.trial?.(++calls.trial) ?? (calls.trial++, done('answer ["MosloraOne"]\n'));
    throw new Error(`unexpected command: ${program} ${args.join(' ')}`);
  };
  return { run, calls };
}
