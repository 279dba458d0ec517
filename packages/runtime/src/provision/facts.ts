import { existsSync } from 'node:fs';
import { hasNvidiaDriver } from '../backend/hardware';
import { nodeHeadersFolder } from './build-binding';
import type { CommandRunner } from './command';
import { nativeCache, nativePaths, type NativePaths } from './native-paths';

/** What decides how a native library can be had on this machine. */
export interface Facts {
  platform: string;
  arch: string;
  cache: string;
  /** A whole folder that is there already. */
  present: NativePaths | undefined;
  /** An NVIDIA driver is loaded. */
  nvidia: boolean;
  /** Command that runs pip, e.g. `python3 -m pip`; undefined when there is none. */
  pip: readonly [string, ...string[]] | undefined;
  /** Name of a C++ compiler that answers. */
  compiler: string | undefined;
  /** make answers. */
  make: boolean;
  /** Folder with this Node's headers; undefined means that node-gyp has to fetch them. */
  nodeHeaders: string | undefined;
}

/** Looks at the machine; runs only `--version` commands. */
export async function detectFacts(run: CommandRunner, cache = nativeCache()): Promise<Facts> {
  const answers = async (program: string, ...args: string[]): Promise<boolean> =>
    (await run(program, [...args, '--version'], { timeout: 30_000 })).code === 0;
  const pips = ['python3', 'python'].map((python) => [python, '-m', 'pip'] as const);
  const compilers = [process.env['CXX'], 'g++', 'c++', 'clang++'].filter((name) => name !== undefined && name !== '');
  return {
    platform: process.platform,
    arch: process.arch,
    cache,
    present: nativePaths(cache),
    nvidia: hasNvidiaDriver() || existsSync('/dev/nvidiactl'),
    pip: await firstThat(pips, ([python, ...args]) => answers(python, ...args)),
    compiler: await firstThat(compilers as string[], (compiler) => answers(compiler)),
    make: await answers('make'),
    nodeHeaders: nodeHeadersFolder(),
  };
}

async function firstThat<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T | undefined> {
  for (const item of items) if (await test(item)) return item;
  return undefined;
}
