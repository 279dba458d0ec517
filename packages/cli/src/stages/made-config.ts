import { join } from 'node:path';
import { fail, stageConfigSchema, type StageConfig } from '@moslora/specs';
import { stageOf, type OpenPipeline } from './open-pipeline';
import { stageCommand } from './paths';
import { readRun } from './run-file';

/** The configuration that a finished stage's outputs were made with, and whether pipeline.yaml says otherwise now. */
export interface MadeConfig {
  config: StageConfig;
  differs: boolean;
}

/** @throws UserError where the stage has not run, or ran with settings that this version does not know */
export function madeConfig(open: OpenPipeline, stage: string): MadeConfig {
  const now = stageOf(open, stage);
  const file = join(open.outDir(stage), 'run.json');
  const run = readRun(open.outDir(stage));
  const command = stageCommand(open.folder, stage);
  if (!run) {
    fail({
      what: `stage \`${stage}\` of pipeline \`${open.name}\` is not finished`,
      where: join(open.folder, 'pipeline.yaml'),
      got: `no ${file}`,
      fix: `run ${command}`,
    });
  }
  const made = stageConfigSchema.safeParse(run.config);
  if (!made.success) {
    fail({
      what: `stage \`${stage}\` was made with settings that this version does not know`,
      where: file,
      got: made.error.issues[0]?.message ?? 'another shape',
      fix: `make it again: ${command}`,
    });
  }
  return { config: made.data, differs: meaning(made.data) !== meaning(now) };
}

/** What of a configuration its outputs depend on. */
function meaning({ title: _title, cache: _cache, needs: _needs, ...rest }: StageConfig): string {
  return JSON.stringify(rest);
}
