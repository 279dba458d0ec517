import { rmSync } from 'node:fs';
import type { EngineInfo } from '@moslora/kernels';
import { fail, type Run, type StageConfig } from '@moslora/specs';
import type { Resume } from '@moslora/training';
import { bytes, duration } from '../progress/format';
import type { Reporter } from '../progress/reporter';
import { Attempt } from './attempt';
import { fingerprint } from './fingerprint';
import { missingLater } from './given-paths';
import { whileStageLocked } from './lock-stage';
import { stageOf, type OpenPipeline } from './open-pipeline';
import { stageCommand } from './paths';
import { readRun, writeRun } from './run-file';
import { Interrupted, type Metrics, type Stage, type StageContext } from './stage';
import { stageContext } from './stage-context';
import { loadStage } from './table';
import { versions } from './versions';
import { inKeptFolder, inNewFolder, unfinishedFolder, type Timing } from './work-folder';

export interface RunStageOptions {
  reporter: Reporter;
  signal: AbortSignal;
  /** Runs the stage even where nothing has changed, from the start. */
  force?: boolean;
  /** Which checkpoint of an unfinished attempt to go on from; default: the newest whole one. */
  resume?: Resume | undefined;
  /** What a person does to start without the checkpoints that are there; default: this command with --resume never. */
  startOver?: string;
  /** Finds the stage of a kind; default: by its file. */
  load?(kind: StageConfig['kind']): Promise<Stage<StageConfig['kind']>>;
}

/** What came of a stage: its run.json, and whether it had been done before. */
export interface StageOutcome {
  run: Run;
  upToDate: boolean;
  outDir: string;
}

/**
 * Runs one stage of a pipeline, unless its outputs are up to date. The outputs of an earlier run stay until the new ones are
 * whole; run.json is written last.
 * @throws Interrupted when the signal was given and the stage saved its work
 */
export async function runStage(open: OpenPipeline, name: string, options: RunStageOptions): Promise<StageOutcome> {
  const config = stageOf(open, name);
  if (typeof options.resume === 'number' && !('train' in config)) refuseStep(open, name, config.kind);
  const stage = await (options.load ?? loadStage)(config.kind);
  const outDir = open.outDir(name);
  const { reporter, signal } = options;
  const log = (line: string): void => reporter.log(`${open.name}:${name}: ${line}`);
  if (open.preset !== undefined) log(`preset ${open.preset}${open.notice ? ` (${open.notice})` : ''}`);

  const context = stageContext(open, name, config, options);
  const began = performance.now();
  const identity = await stage.identity?.(context);
  const asking = (performance.now() - began) / 1000;
  const print = fingerprint(open.pipeline, name, {
    outDirOf: (other) => open.outDir(other),
    pipelineFolder: open.folder,
    where: open.where(['stages', name]),
    tensors: stage.tensors,
    identity,
    packages: stage.packages?.(context) ?? [],
  });
  const earlier = readRun(outDir);
  // Outputs that are being made again (--force) are gone on with; until then they are what they were.
  const again = stage.resumable && Attempt.wasLeft(unfinishedFolder(outDir), print) && options.resume !== 'never';
  if (earlier?.fingerprint === print.whole && !options.force && !again) {
    log(`up to date (it took ${duration(earlier.seconds)})`);
    if (stage.summary) reporter.log(stage.summary(outDir));
    return { run: earlier, upToDate: true, outDir };
  }
  for (const line of missingLater(open, name)) log(line);
  if (stage.tensors) context.backend = await start(log);

  let run: Run | undefined;
  const fill = async (workDir: string, timing: Timing): Promise<void> => {
    const metrics = await stage.run({ ...context, workDir });
    signal.throwIfAborted();
    run = runOf(context, metrics, print.whole, timing.startedAt, asking + timing.seconds());
    writeRun(workDir, run);
  };
  const command = stageCommand(open.folder, name);
  const { startOver } = context;
  const make = async (): Promise<void> => {
    if (options.force || options.resume === 'never') rmSync(unfinishedFolder(outDir), { recursive: true, force: true });
    await (stage.resumable ? inKeptFolder(outDir, print, { startOver, log }, fill) : inNewFolder(outDir, fill));
  };
  try {
    await whileStageLocked({ outDir, stage: `${open.name}:${name}`, log }, make);
  } catch (error) {
    throw isAbort(error, signal) ? new Interrupted(command) : error;
  }
  if (!run) throw new Error(`stage ${name} left no run.json`);
  log(`done in ${duration(run.seconds)}, at most ${bytes(run.peakMemoryBytes)} of memory, in ${outDir}`);
  if (stage.summary) reporter.log(stage.summary(outDir));
  return { run, upToDate: false, outDir };
}

function refuseStep(open: OpenPipeline, name: string, kind: string): never {
  fail({
    what: `stage \`${name}\` has no checkpoints to go on from`,
    where: open.where(['stages', name, 'kind']),
    got: kind,
    expected: 'a stage that trains, for --resume with a step',
    fix: 'leave --resume out',
  });
}

function runOf(
  context: StageContext<StageConfig>,
  metrics: Metrics,
  print: string,
  startedAt: string,
  seconds: number,
): Run {
  const { backend, preset } = context;
  return {
    stage: `${context.pipeline}:${context.stage}`,
    kind: context.config.kind,
    config: context.config,
    fingerprint: print,
    ...(preset !== undefined && { preset }),
    seed: context.seed,
    device: backend ? { ...backend } : { backend: 'none', summary: 'no tensors' },
    versions: versions(backend),
    startedAt,
    seconds,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    metrics,
  };
}

/** Whether this error only says that the signal was given. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}

async function start(log: (line: string) => void): Promise<EngineInfo> {
  const { startEngine } = await import('@moslora/kernels');
  return startEngine({ log });
}
