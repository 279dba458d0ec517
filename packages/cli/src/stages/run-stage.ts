import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { withNewFolder } from '@moslora/checkpoint';
import type { BackendInfo } from '@moslora/runtime';
import type { Run, StageConfig } from '@moslora/specs';
import { bytes, duration } from '../progress/format';
import type { Reporter } from '../progress/reporter';
import { Attempt } from './attempt';
import { fingerprint, type Fingerprint } from './fingerprint';
import { Inputs } from './inputs';
import { stageOf, type OpenPipeline } from './open-pipeline';
import { stageCommand } from './paths';
import { readRun, writeRun } from './run-file';
import { Interrupted, type Metrics, type Stage, type StageContext } from './stage';
import { loadStage } from './table';
import { versions } from './versions';

export interface RunStageOptions {
  reporter: Reporter;
  signal: AbortSignal;
  /** Runs the stage even where nothing has changed, from the start. */
  force?: boolean;
}

/** What came of a stage: its run.json, and whether it had been done before. */
export interface StageOutcome {
  run: Run;
  upToDate: boolean;
  outDir: string;
}

/**
 * Runs one stage of a pipeline, unless its outputs are up to date. Resumable stages work in their final folder, all others in a
 * temporary one that is renamed at the end; run.json is written last.
 * @throws Interrupted when the signal was given and the stage saved its work
 */
export async function runStage(open: OpenPipeline, name: string, options: RunStageOptions): Promise<StageOutcome> {
  const config = stageOf(open, name);
  const stage = (await loadStage(config.kind)) as unknown as Stage<StageConfig['kind']>;
  const outDir = open.outDir(name);
  const label = `${open.name}:${name}`;
  const { reporter, signal } = options;
  if (open.preset !== undefined)
    reporter.log(`${label}: preset ${open.preset}${open.notice ? ` (${open.notice})` : ''}`);

  const context = contextOf(open, name, config, options);
  const identity = await stage.identity?.(context);
  const print = fingerprint(open.pipeline, name, {
    outDirOf: (other) => open.outDir(other),
    pipelineFolder: open.folder,
    tensors: stage.tensors,
    identity,
  });
  const earlier = readRun(outDir);
  if (earlier?.fingerprint === print.whole && !options.force) {
    reporter.log(`${label}: up to date (${duration(earlier.seconds)} when it ran)`);
    return { run: earlier, upToDate: true, outDir };
  }
  if (stage.tensors) context.backend = await start(reporter);
  if (options.force) rmSync(join(outDir, 'attempt.json'), { force: true });

  const work = stage.resumable ? inPlace : inNewFolder;
  const run = await work(stage, context, print);
  reporter.log(
    `${label}: done in ${duration(run.seconds)}, at most ${bytes(run.peakMemoryBytes)} of memory, in ${outDir}`,
  );
  return { run, upToDate: false, outDir };

  async function inPlace(
    stage: Stage<StageConfig['kind']>,
    context: StageContext<StageConfig>,
    print: Fingerprint,
  ): Promise<Run> {
    rmSync(join(outDir, 'run.json'), { force: true });
    const attempt = Attempt.begin(outDir, print.inputs, print.code);
    if (attempt.resumed)
      reporter.log(
        `${label}: going on where an earlier attempt stopped${attempt.codeChanged ? ' (the code has changed since; --force starts anew)' : ''}`,
      );
    try {
      const metrics = await stage.run(context);
      if (signal.aborted) throw new Interrupted(stageCommand(open.folder, name));
      const run = runOf(metrics, context, print, attempt.startedAt, attempt.seconds());
      writeRun(outDir, run);
      attempt.finish();
      return run;
    } catch (error) {
      attempt.save();
      throw signal.aborted ? new Interrupted(stageCommand(open.folder, name)) : error;
    }
  }

  async function inNewFolder(
    stage: Stage<StageConfig['kind']>,
    context: StageContext<StageConfig>,
    print: Fingerprint,
  ): Promise<Run> {
    const startedAt = new Date().toISOString();
    const began = performance.now();
    let run: Run | undefined;
    try {
      await withNewFolder(outDir, async (temporary) => {
        const metrics = await stage.run({ ...context, workDir: temporary });
        if (signal.aborted) throw new Interrupted(stageCommand(open.folder, name));
        run = runOf(metrics, context, print, startedAt, (performance.now() - began) / 1000);
        writeRun(temporary, run);
      });
    } catch (error) {
      throw signal.aborted ? new Interrupted(stageCommand(open.folder, name)) : error;
    }
    return run!;
  }

  function runOf(
    metrics: Metrics,
    context: StageContext<StageConfig>,
    print: Fingerprint,
    startedAt: string,
    seconds: number,
  ): Run {
    return {
      stage: label,
      kind: config.kind,
      config,
      fingerprint: print.whole,
      ...(open.preset !== undefined && { preset: open.preset }),
      seed: context.seed,
      device: context.backend ?? { backend: 'none', summary: 'no tensors' },
      versions: versions(context.backend),
      startedAt,
      seconds,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      metrics,
    };
  }
}

function contextOf(
  open: OpenPipeline,
  name: string,
  config: StageConfig,
  options: RunStageOptions,
): StageContext<StageConfig> {
  const inputs = new Inputs(open, name);
  const outDir = open.outDir(name);
  return {
    pipeline: open.name,
    title: open.pipeline.title,
    stage: name,
    preset: open.preset,
    notice: open.notice,
    config,
    stages: open.pipeline.stages,
    outDir,
    workDir: outDir,
    backend: undefined,
    seed: seedOf(config),
    signal: options.signal,
    reporter: options.reporter,
    log: (line) => options.reporter.log(line),
    where: (...path) => open.where(['stages', name, ...path]),
    input: (reference, file) => inputs.path(reference, file),
    run: (other) => inputs.run(other),
    data: (reference) => inputs.data(reference),
  };
}

/** The seed of a stage's training settings or dataset options; 42 where it names none. */
function seedOf(config: StageConfig): number {
  if ('train' in config) return config.train.seed;
  const seed = config.kind === 'prepare' ? config.options['seed'] : undefined;
  return typeof seed === 'number' ? seed : 42;
}

async function start(reporter: Reporter): Promise<BackendInfo> {
  const { startBackend } = await import('@moslora/runtime');
  const info = await startBackend({ log: (line: string) => reporter.log(line) });
  reporter.log(`backend: ${info.summary}`);
  return info;
}
