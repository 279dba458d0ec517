import type { EngineInfo } from '@moslora/kernels';
import type {
  DataRef,
  DatasetContext,
  Dataset,
  FileRef,
  FolderRef,
  Pipeline,
  Run,
  StageConfigOf,
  StageKind,
} from '@moslora/specs';
import type { Resume } from '@moslora/training';
import type { Reporter } from '../progress/reporter';

/** What a stage measured; becomes `metrics` of its run.json. */
export type Metrics = Record<string, unknown>;

/** One kind of stage: reads files, writes files, measures. Found by name: stages/kinds/<kind>.ts exports it as `stage`. */
export interface Stage<K extends StageKind> {
  kind: K;
  /** True where the stage computes with tensors: the backend is started before `run`. */
  tensors: boolean;
  /** True where `workDir` stays when the stage is interrupted or fails, so that the next attempt goes on from it. */
  resumable: boolean;
  /** Something outside configuration and inputs that the outcome depends on; asked before anything is called up to date. */
  identity?(context: StageContext<StageConfigOf<K>>): Promise<string>;
  /** Names of the project's packages that it imports by a name found in its inputs; their code counts as its own. */
  packages?(given: Pick<StageContext<StageConfigOf<K>>, 'config' | 'stages' | 'input'>): string[];
  /**
   * Does the work, and leaves every output in `context.workDir`. Where `context.signal` is aborted it saves what it needs to go
   * on and returns; the outputs then do not count.
   */
  run(context: StageContext<StageConfigOf<K>>): Promise<Metrics>;
  /** What a person wants to see of finished outputs, shown after the run and again where they are up to date. */
  summary?(outDir: string): string;
}

/** Everything a stage is given. */
export interface StageContext<C> {
  /** Name of the pipeline. */
  pipeline: string;
  title: string;
  stage: string;
  preset: string | undefined;
  /** Why this preset, where it was chosen for the person. */
  notice: string | undefined;
  config: C;
  /** All stages under the same preset, for stages that report on others. */
  stages: Pipeline['stages'];
  /** Where the outputs will be found once they are whole. */
  outDir: string;
  /** Where to write them now: an empty folder, or for resumable stages what an earlier attempt left. */
  workDir: string;
  /** Running backend, for stages with `tensors`. */
  backend: EngineInfo | undefined;
  seed: number;
  /** Which checkpoint training goes on from; auto. */
  resume?: Resume | undefined;
  /** The command that starts this stage over, without what an earlier attempt left. */
  startOver: string;
  signal: AbortSignal;
  reporter: Reporter;
  log(line: string): void;
  /** `file:line:column` of a path inside this stage's configuration. */
  where(...path: (string | number)[]): string;
  /**
   * Absolute path of what a reference names, or of `file` inside it.
   * @throws UserError when the other stage has not run (with the command that runs it) or the path does not exist.
   */
  input(reference: FolderRef | FileRef, file?: string): string;
  /** run.json of another stage. @throws UserError when it has not run. */
  run(stage: string): Run;
  /** Dataset of a reference, its root folder and split, ready for `dataset.samples(source)`. */
  data(reference: DataRef): Promise<{ dataset: Dataset; source: DatasetContext }>;
}

/** A stage was stopped by a signal, after it saved what it needs. */
export class Interrupted extends Error {
  constructor(readonly resume: string) {
    super('interrupted');
    this.name = 'Interrupted';
  }
}
