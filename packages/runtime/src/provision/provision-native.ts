import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, type CommandRunner } from './command';
import { detectFacts, type Facts } from './facts';
import { forgetProvisionFailure, noteProvisionFailure } from './failure-note';
import { fillFolder } from './fill-folder';
import { provisionFromStock } from './from-stock';
import { provisionFromWheel } from './from-wheel';
import { withLock } from './lock';
import { writeManifest } from './manifest';
import { nativeCache, nativePaths, nativePathsFor, type NativePaths } from './native-paths';
import { planProvisioning, type Way } from './plan';
import { probeBinding } from './probe';

export interface ProvisionOptions {
  /** Print every step and do nothing. */
  dryRun?: boolean;
  /** Gets the progress, a line at a time. */
  log?(line: string): void;
  /** Default: `$XDG_CACHE_HOME/moslora/native`. */
  cache?: string;
  /** Runs pip, node-gyp and the trial; replaced in tests. */
  run?: CommandRunner;
  /** What is known of the machine; found out when absent. */
  facts?: Facts;
}

/** What became of one way. */
export interface ProvisionStep {
  title: string;
  outcome: 'planned' | 'done' | 'impossible' | 'failed' | 'not needed';
  detail: string;
}

export interface ProvisionResult {
  /** A native library is there (always false after a dry run that found none). */
  ok: boolean;
  /** One line: what is there, or why nothing is. */
  reason: string;
  steps: ProvisionStep[];
  paths?: NativePaths;
}

/**
 * Makes a native library available by the first way that works: what is there, TensorFlow's wheel, tfjs-node's own
 * download; else says why it stays with WebAssembly. Never throws for what the machine lacks, never asks anything. Two
 * processes may call it at once.
 */
export async function provisionNative(options: ProvisionOptions = {}): Promise<ProvisionResult> {
  const { log = () => {}, run = runCommand, cache = nativeCache() } = options;
  const facts = options.facts ?? (await detectFacts(run, cache));
  const ways = planProvisioning(facts);
  if (options.dryRun) return dryRun(ways, facts, log);
  if (facts.present) return present(facts.present, ways);
  mkdirSync(cache, { recursive: true });
  const onWait = (): void => log('another process is providing the native library: waiting for it');
  const result = await withLock(join(cache, 'provision.lock'), { onWait }, async () => {
    const meanwhile = nativePaths(cache);
    return meanwhile ? present(meanwhile, ways) : tryWays(ways, facts, run, log);
  });
  if (result.ok) forgetProvisionFailure(cache);
  else noteProvisionFailure(result.reason, cache);
  return result;
}

async function tryWays(
  ways: readonly Way[],
  facts: Facts,
  run: CommandRunner,
  log: (line: string) => void,
): Promise<ProvisionResult> {
  const steps: ProvisionStep[] = [];
  for (const way of ways) {
    if (way.blocked !== undefined) {
      steps.push({ title: way.title, outcome: 'impossible', detail: way.blocked });
      continue;
    }
    if (way.kind === 'wasm') break;
    try {
      const paths = await follow(way, facts, run, log);
      const reason = `${paths.binding} works`;
      steps.push({ title: way.title, outcome: 'done', detail: reason });
      return { ok: true, reason, steps, paths };
    } catch (error) {
      const detail = (error as Error).message.split('\n')[0]!;
      log(`could not ${way.title}: ${detail}`);
      steps.push({ title: way.title, outcome: 'failed', detail });
    }
  }
  const reasons = steps.filter((step) => step.detail !== 'none is there yet').map((step) => step.detail);
  const reason = `no native library: ${reasons.join('; ')}`;
  steps.push({ title: ways.at(-1)!.title, outcome: 'done', detail: reason });
  return { ok: false, reason, steps };
}

/** Goes one way to its end: fills a folder, tries the binding in a process of its own, writes the manifest. */
async function follow(way: Way, facts: Facts, run: CommandRunner, log: (line: string) => void): Promise<NativePaths> {
  const flavour = way.wheel?.accelerator ?? 'stock';
  const paths = nativePathsFor(flavour, facts.cache);
  const extra = flavour === 'cuda' ? 9e9 : 0.2e9;
  const needed = way.wheel ? way.wheel.release.bytes + way.wheel.release.unpackedBytes + extra : 1e9;
  await fillFolder(paths, needed, async (staging) => {
    if (way.wheel) await provisionFromWheel(staging, way.wheel.release, facts, run, log);
    else await provisionFromStock(staging, run, log);
    const report = await probeBinding(staging, run);
    if (flavour === 'cuda' && !report.gpu) throw new Error('the CUDA library loads but finds no GPU it can use');
    writeManifest(staging, report);
    log(`TensorFlow ${report.version} works${report.gpu ? ' on the GPU' : ''}: ${paths.root}`);
  });
  return paths;
}

function present(paths: NativePaths, ways: readonly Way[]): ProvisionResult {
  const steps = ways.map((way, at): ProvisionStep => {
    if (at === 0) return { title: way.title, outcome: 'done', detail: paths.root };
    return { title: way.title, outcome: 'not needed', detail: '' };
  });
  return { ok: true, reason: `${paths.binding} is there`, steps, paths };
}

function dryRun(ways: readonly Way[], facts: Facts, log: (line: string) => void): ProvisionResult {
  const chosen = ways.find((way) => way.blocked === undefined);
  ways.forEach((way, at) => {
    const mark =
      way.blocked !== undefined ? ` - impossible: ${way.blocked}` : way === chosen ? ' - this one first' : '';
    log(`${at + 1}. ${way.title}${mark}`);
    way.actions.forEach((action) => log(`     ${action}`));
  });
  const steps = ways.map((way): ProvisionStep => {
    const outcome = way.blocked === undefined ? 'planned' : 'impossible';
    return { title: way.title, outcome, detail: way.blocked ?? way.actions.join('; ') };
  });
  const reason = facts.present ? `${facts.present.binding} is there` : 'dry run: nothing was done';
  return { ok: facts.present !== undefined, reason, steps, ...(facts.present ? { paths: facts.present } : {}) };
}
