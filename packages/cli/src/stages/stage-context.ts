import type { StageConfig } from '@moslora/specs';
import type { Resume } from '@moslora/training';
import type { Reporter } from '../progress/reporter';
import { Inputs } from './inputs';
import type { OpenPipeline } from './open-pipeline';
import { stageCommand } from './paths';
import type { StageContext } from './stage';

/** What a stage of an open pipeline is given; `workDir` and `backend` are set when it runs. */
export function stageContext(
  open: OpenPipeline,
  name: string,
  config: StageConfig,
  given: { reporter: Reporter; signal: AbortSignal; resume?: Resume | undefined; startOver?: string },
): StageContext<StageConfig> {
  const { reporter, signal, resume, startOver = `${stageCommand(open.folder, name)} --resume never` } = given;
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
    resume,
    startOver,
    signal,
    reporter,
    log: (line) => reporter.log(line),
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
