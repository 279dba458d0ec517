import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  detectFacts,
  forgetProvisionFailure,
  nativePaths,
  noteProvisionFailure,
  runCommand,
  withLock,
  type CommandRunner,
  type Facts,
  type NativePaths,
  type ProvisionStep,
} from '@moslora/runtime';
import { addonProblem } from './addon-manifest';
import { addonPath, type AddonBuild } from './addon-path';
import { buildAddon } from './build-addon';
import { compilerFlags, cpuLevel, type CpuLevel } from './cpu-level';
import { kernelsMode } from './kernels-mode';
import { removeOldAddons } from './old-addons';
import { nativeSources } from './sources';
import { tryAddon } from './try-addon';

export interface ProvisionKernelsOptions {
  /** Print every step and do nothing. */
  dryRun?: boolean;
  /** Gets the progress, a line at a time. */
  log?(line: string): void;
  /** Runs node-gyp and the trial; replaced in tests. */
  run?: CommandRunner;
  /** The library to build against; default: the provisioned one. */
  paths?: NativePaths | undefined;
  /** Tools of the machine; found out when absent. */
  facts?: Pick<Facts, 'compiler' | 'make'>;
}

export interface KernelsProvision {
  /** The fused ops can be used. */
  ok: boolean;
  /** One line: where they are, or why the plain ops will be used. */
  reason: string;
  level: CpuLevel;
  /** Names of the fused ops; none where they cannot be used, or are not built yet. */
  ops: string[];
  steps: ProvisionStep[];
}

/**
 * Builds the fused ops for this machine's processor (or the level that MOSLORA_CPU_LEVEL names), unless they are there and work, and
 * tries them in a process of their own. Never throws for what the machine lacks: the plain ops do the same, slower. Two processes
 * may call it at once.
 */
export async function provisionKernels(options: ProvisionKernelsOptions = {}): Promise<KernelsProvision> {
  const { log = () => {}, run = runCommand } = options;
  const paths = 'paths' in options ? options.paths : nativePaths();
  const build: AddonBuild = { level: cpuLevel(), sanitized: kernelsMode() === 'sanitized' };
  const title = `build the fused ops for ${build.level}${build.sanitized ? ', with the address sanitizer' : ''}`;
  const result = (ok: boolean, outcome: ProvisionStep['outcome'], reason: string, ops: string[] = []) => ({
    ...{ ok, reason, level: build.level, ops },
    steps: [{ title, outcome, detail: reason }],
  });
  if (kernelsMode() === 'plain') return result(false, 'not needed', 'MOSLORA_KERNELS=plain');
  if (options.dryRun) return dryRun();
  if (paths === undefined) return plain('there is no native library to run them in');

  const file = addonPath(paths, build.level, build.sanitized);
  const working = async (): Promise<string[]> => {
    if (addonProblem(file) !== undefined) return [];
    return tryAddon(paths, file, run, build.sanitized).catch(() => []);
  };
  const present = await working();
  if (present.length > 0) return built(present, 'not needed');
  const onWait = (): void => log('another process is building the fused ops: waiting for it');
  return withLock(join(dirname(paths.root), 'kernels.lock'), { onWait }, async () => {
    const meanwhile = await working();
    if (meanwhile.length > 0) return built(meanwhile, 'not needed');
    const obstacle = await obstacleTo(paths);
    if (obstacle !== undefined) return plain(obstacle);
    log(`building the fused ops for ${build.level}, some minutes at most`);
    try {
      const ops = await buildAddon(paths, build.level, file, run, build.sanitized);
      removeOldAddons(paths, build, file);
      return built(ops, 'done');
    } catch (error) {
      return plain((error as Error).message.split('\n')[0]!, 'failed');
    }
  });

  async function obstacleTo(against: NativePaths): Promise<string | undefined> {
    const headers = join(against.include, 'tensorflow', 'c', 'kernels.h');
    if (!existsSync(headers)) return `the native library came without TensorFlow's headers (${against.flavour})`;
    const { compiler, make } = options.facts ?? (await detectFacts(run));
    const missing = [...(compiler ? [] : ['a C++ compiler (g++)']), ...(make ? [] : ['make'])];
    return missing.length > 0 ? `${missing.join(', ')} missing` : undefined;
  }

  function built(ops: string[], outcome: 'done' | 'not needed'): KernelsProvision {
    forgetProvisionFailure(dirname(paths!.root), 'kernels');
    if (outcome === 'done') log(`${ops.length} fused ops for ${build.level} work: ${file}`);
    return result(true, outcome, file, ops);
  }

  function plain(reason: string, outcome: 'impossible' | 'failed' = 'impossible'): KernelsProvision {
    if (paths) noteProvisionFailure(reason, dirname(paths.root), 'kernels');
    log(`the plain ops will be used in place of the fused ones: ${reason.replaceAll(/\s+/g, ' ')}`);
    return result(false, outcome, reason);
  }

  async function dryRun(): Promise<KernelsProvision> {
    const obstacle = paths && (await obstacleTo(paths));
    const target = paths ? addonPath(paths, build.level, build.sanitized) : undefined;
    const there = target !== undefined && addonProblem(target) === undefined;
    const why = obstacle !== undefined && !there ? ` - impossible: ${obstacle}` : '';
    log(`then: ${title}${why}`);
    const flags = compilerFlags(build.level).join(' ') || 'no special flags';
    const actions = there
      ? [`load ${target} in a process of its own`]
      : [
          `compile ${nativeSources().filter((name) => name.endsWith('.cc')).length} files with node-gyp (${flags})`,
          'load the addon in a process of its own and register its ops',
          `put it at ${target ?? 'a folder beside the library'}`,
        ];
    for (const action of actions) log(`     ${action}`);
    if (why !== '') return result(false, 'impossible', obstacle!);
    return result(there, 'planned', actions.join('; '));
  }
}
