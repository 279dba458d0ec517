import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { writeFileAtomic } from '@moslora/checkpoint';
import { exitCodes } from '../exit-codes';
import type { Reporter } from '../progress/reporter';
import { planOf } from '../stages/plan';
import { root } from '../stages/paths';
import { sharedFacts } from '../report/shared-facts';
import { readRun } from '../stages/run-file';
import { runStage } from '../stages/run-stage';
import { Interrupted } from '../stages/stage';
import { unfinishedFolder } from '../stages/work-folder';
import { heldOut, type Study } from './study-plan';
import { outcomeOf, type StudyOutcome } from './study-outcome';
import { studyPage } from './study-page';
import { studyTables, type StudyTable } from './study-table';

/** What came of a study. */
export interface StudyResult {
  title: string;
  facts: string[];
  tables: StudyTable[];
  page: string;
}

interface Running {
  reporter: Reporter;
  signal: AbortSignal;
  /** The command that goes on with the study, in arguments. */
  command: readonly string[];
}

/**
 * Makes every run that is not finished, each in a process of its own so that none inherits another's memory, then the page. Earlier stages that
 * are there are taken as they are.
 */
export async function runStudy(study: Study, running: Running): Promise<StudyResult> {
  const { open, earlier, runs } = study;
  const { reporter } = running;
  const preset = open.preset === undefined ? [] : ['--preset', open.preset];
  const known = await planOf({ ...open, pipeline: { ...open.pipeline, stages: withoutStudy(study) } });
  for (const stage of earlier) {
    const state = known.stages.find((each) => each.stage === stage)?.state;
    if (!readRun(open.outDir(stage))) await inProcess(['stage', open.folder, stage, ...preset], running);
    else if (state === 'out of date')
      reporter.log(`${stage}: taken as it is, though code or settings have changed since`);
  }
  for (const [i, { name }] of runs.entries()) {
    reporter.log(`run ${i + 1} of ${runs.length}: ${name}`);
    await inProcess([...running.command, '--only', name], running);
  }
  return finishStudy(study);
}

/** One run, in this process. @throws Interrupted that names the study's command */
export async function runOne(study: Study, name: string, { command, ...options }: Running): Promise<void> {
  const { stage, score } = study.runs.find((run) => run.name === name)!;
  try {
    const startOver = `remove ${unfinishedFolder(study.open.outDir(stage))}`;
    await runStage(study.open, stage, { ...options, startOver });
    if (score) await runStage(study.open, score, options);
  } catch (error) {
    throw error instanceof Interrupted ? new Interrupted(`npx moslora ${command.join(' ')} --only ${name}`) : error;
  }
}

/** The page and the tables from what the finished runs left. */
export function finishStudy(study: Study): StudyResult {
  const outcomes = study.runs.flatMap((run) => outcomeOf(study, run) ?? []);
  const title = `${study.kind.title} (${study.open.name}${study.open.preset ? `, preset ${study.open.preset}` : ''})`;
  const [facts, tables] = [factsOf(study, outcomes), studyTables(study.kind, outcomes)];
  mkdirSync(study.folder, { recursive: true });
  const page = join(study.folder, 'study.html');
  writeFileAtomic(page, studyPage({ title, facts, tables, outcomes }));
  writeFileAtomic(join(study.folder, 'study.json'), `${JSON.stringify({ title, facts, tables }, null, 2)}\n`);
  return { title, facts, tables, page };
}

function factsOf({ steps, fullSteps, options, runs }: Study, outcomes: readonly StudyOutcome[]): string[] {
  const size = steps === undefined ? "the pipeline's epochs" : `${steps} optimiser steps`;
  const reduced = steps !== undefined && fullSteps !== undefined && steps < fullSteps;
  return [
    `${outcomes.length} of ${runs.length} runs: ${options.seeds} seeds (initialisation, order, dropout, choice of samples), ${size} each.`,
    ...(reduced
      ? [
          `Reduced: the pipeline has ${fullSteps} steps; each part of the data is a ${Math.round((100 * steps) / fullSteps)} % sample to match.`,
        ]
      : []),
    `Validation: the first ${heldOut} samples of each part of the data; samples with their pictures are left out of this stage's training.`,
    'Intervals are 95 % of Student’s t over seeds; differences are paired by seed.',
    ...sharedFacts(outcomes.flatMap(({ facts }) => facts)).map(([name, value]) => `Scores, ${name}: ${value}`),
  ];
}

function withoutStudy({ open, runs }: Study) {
  const added = new Set(runs.flatMap(({ stage, score }) => [stage, score]));
  return Object.fromEntries(Object.entries(open.pipeline.stages).filter(([name]) => !added.has(name)));
}

/**
 * Runs a command of this project in a process and a process group of its own: a terminal's Ctrl-C reaches this process alone, which passes each
 * on once. @throws Interrupted where it was stopped; an error where it failed
 */
async function inProcess(args: readonly string[], { signal, command }: Running): Promise<void> {
  if (signal.aborted) throw new Interrupted(`npx moslora ${command.join(' ')}`);
  const bin = join(root, 'packages/cli/bin/moslora.mjs');
  const child = spawn(process.execPath, [bin, ...args], { stdio: 'inherit', detached: true });
  const pass = (): void => void child.kill('SIGINT');
  const leave = (): void => void child.kill('SIGKILL');
  process.on('SIGINT', pass);
  process.on('SIGTERM', pass);
  process.on('exit', leave);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code === exitCodes.interrupted || signal.aborted) throw new Interrupted(`npx moslora ${command.join(' ')}`);
    if (code !== 0) throw new ChildFailed(code ?? exitCodes.bug);
  } finally {
    process.off('SIGINT', pass);
    process.off('SIGTERM', pass);
    process.off('exit', leave);
  }
}

/** A run failed and has said why; the study ends with the same exit code. */
export class ChildFailed extends Error {
  constructor(readonly code: number) {
    super(`a run of the study ended with exit code ${code}`);
    this.name = 'ChildFailed';
  }
}
