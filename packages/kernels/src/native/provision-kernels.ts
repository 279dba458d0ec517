import { dirname, join } from 'node:path';
import {
  forgetProvisionFailure,
  nativePaths,
  noteProvisionFailure,
  runCommand,
  withLock,
  type CommandRunner,
  type NativePaths,
  type ProvisionStep,
} from '@moslora/runtime';
import { addonProblem } from './addon-manifest';
import { addonPath } from './addon-path';
import { wantedBuild, type AddonTarget } from './addon-target';
import { buildAddon } from './build-addon';
import { compileActions, detectTools, obstacleTo, type BuildTools } from './build-tools';
import { architectureNames } from './cuda-compiler';
import { kernelsMode } from './kernels-mode';
import { removeOldAddons } from './old-addons';
import { tryAddon } from './try-addon';

export interface ProvisionKernelsOptions {
  /** Print every step and do nothing. */
  dryRun?: boolean;
  /** Gets the progress, a line at a time. */
  log?(line: string): void;
  /** Runs nvcc, node-gyp and the trial; replaced in tests. */
  run?: CommandRunner;
  /** The library to build against; default: the provisioned one. */
  paths?: NativePaths | undefined;
  /** Tools of the machine; found out when absent. */
  tools?: BuildTools;
}

export interface KernelsProvision {
  /** The fused ops can be used. */
  ok: boolean;
  /** One line: where they are, or why the plain ops will be used. */
  reason: string;
  level: AddonTarget;
  /** Names of the fused ops; none where they cannot be used, or are not built yet. */
  ops: string[];
  steps: ProvisionStep[];
}

/**
 * Builds the fused ops for what the library computes on, this machine's processor (or the level that MOSLORA_CPU_LEVEL names) or NVIDIA
 * GPUs, unless they are there and work, and tries them in a process of their own. Never throws for what the machine lacks: the plain
 * ops do the same, slower. Two processes may call it at once.
 */
export async function provisionKernels(options: ProvisionKernelsOptions = {}): Promise<KernelsProvision> {
  const { log = () => {}, run = runCommand } = options;
  const paths = 'paths' in options ? options.paths : nativePaths();
  const tools = async (): Promise<BuildTools> => options.tools ?? (await detectTools(run));
  // Before a dry run nothing may be there yet: an NVIDIA driver is what the CUDA library would be taken for.
  const gpu = paths ? paths.flavour === 'cuda' : options.dryRun === true && (await tools()).nvidia;
  const build = wantedBuild(gpu ? 'gpu' : 'cpu');
  const what = build.target === 'cuda' ? `NVIDIA GPUs (${architectureNames})` : build.target;
  const title = `build the fused ops for ${what}${build.sanitized ? ', with the address sanitizer' : ''}`;
  const result = (ok: boolean, outcome: ProvisionStep['outcome'], reason: string, ops: string[] = []) => ({
    ...{ ok, reason, level: build.target, ops },
    steps: [{ title, outcome, detail: reason }],
  });
  if (kernelsMode() === 'plain') return result(false, 'not needed', 'MOSLORA_KERNELS=plain');
  if (options.dryRun) return dryRun();
  if (paths === undefined) return plain('there is no native library to run them in');

  const file = addonPath(paths, build);
  const working = async (): Promise<string[]> => {
    if (addonProblem(file) !== undefined) return [];
    return tryAddon(paths, file, run, build).catch(() => []);
  };
  const present = await working();
  if (present.length > 0) return built(present, 'not needed');
  const onWait = (): void => log('another process is building the fused ops: waiting for it');
  return withLock(join(dirname(paths.root), 'kernels.lock'), { onWait }, async () => {
    const meanwhile = await working();
    if (meanwhile.length > 0) return built(meanwhile, 'not needed');
    const found = await tools();
    const obstacle = obstacleTo(build.target, paths, found);
    if (obstacle !== undefined) return plain(obstacle);
    log(`building the fused ops for ${what}, some minutes at most`);
    try {
      const ops = await buildAddon(paths, build, file, { run, nvcc: found.nvcc });
      removeOldAddons(paths, build, file);
      return built(ops, 'done');
    } catch (error) {
      return plain((error as Error).message.split('\n')[0]!, 'failed');
    }
  });

  function built(ops: string[], outcome: 'done' | 'not needed'): KernelsProvision {
    forgetProvisionFailure(dirname(paths!.root), 'kernels');
    if (outcome === 'done') log(`${ops.length} fused ops for ${what} work: ${file}`);
    return result(true, outcome, file, ops);
  }

  function plain(reason: string, outcome: 'impossible' | 'failed' = 'impossible'): KernelsProvision {
    if (paths) noteProvisionFailure(reason, dirname(paths.root), 'kernels');
    log(`the plain ops will be used in place of the fused ones: ${reason.replaceAll(/\s+/g, ' ')}`);
    return result(false, outcome, reason);
  }

  async function dryRun(): Promise<KernelsProvision> {
    const found = await tools();
    const obstacle = obstacleTo(build.target, paths, found);
    const target = paths ? addonPath(paths, build) : undefined;
    const there = target !== undefined && addonProblem(target) === undefined;
    const why = obstacle !== undefined && !there ? ` - impossible: ${obstacle}` : '';
    log(`then: ${title}${why}`);
    const actions = there
      ? [`load ${target} in a process of its own`]
      : [
          ...compileActions(build.target, found.nvcc),
          `load the addon in a process of its own and ${build.target === 'cuda' ? 'add three vectors' : 'register its ops'}`,
          `put it at ${target ?? 'a folder beside the library'}`,
        ];
    for (const action of actions) log(`     ${action}`);
    if (why !== '') return result(false, 'impossible', obstacle!);
    return result(there, 'planned', actions.join('; '));
  }
}
