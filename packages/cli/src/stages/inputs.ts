import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesName, formatDataset } from '@moslora/data-formats';
import {
  fail,
  type DataRef,
  type Dataset,
  type DatasetContext,
  type FileRef,
  type FolderRef,
  type OwnFiles,
  type Run,
} from '@moslora/specs';
import { datasetOptions, loadDataset } from './dataset-package';
import { givenPath, stageCommand } from './paths';
import { readRun } from './run-file';
import type { OpenPipeline } from './open-pipeline';

/** Finds what a stage's references name: outputs of other stages, given folders and files, datasets. */
export class Inputs {
  constructor(
    private readonly open: OpenPipeline,
    private readonly stage: string,
  ) {}

  /** run.json of another stage. @throws UserError, with the command to run, when it has not run. */
  run(name: string): Run {
    return (
      readRun(this.open.outDir(name)) ??
      fail({
        what: `stage \`${this.stage}\` needs the outputs of \`${name}\`, which has not run`,
        where: this.open.where(['stages', this.stage]),
        got: `no ${join(this.open.outDir(name), 'run.json')}`,
        fix: `run ${stageCommand(this.open.folder, name)}`,
      })
    );
  }

  path(reference: FolderRef | FileRef, file?: string): string {
    const where = this.open.where(['stages', this.stage]);
    if ('folder' in reference)
      return givenPath(join(reference.folder, file ?? ''), this.open.folder, where, reference.origin);
    if ('path' in reference) return givenPath(reference.path, this.open.folder, where, reference.origin);
    this.run(reference.stage);
    const wanted = file ?? ('file' in reference ? reference.file : '');
    const path = join(this.open.outDir(reference.stage), wanted);
    if (existsSync(path)) return path;
    return fail({
      what: `stage \`${reference.stage}\` left no such file`,
      where,
      got: path,
      expected: 'a file among its outputs',
      fix: `correct the name, or make the outputs again: npx moslora stage ${this.open.folder} ${reference.stage} --force`,
    });
  }

  async data(reference: DataRef): Promise<{ dataset: Dataset; source: DatasetContext }> {
    if ('format' in reference) return this.ownFiles(reference);
    const { split } = reference;
    if ('dataset' in reference) {
      const where = this.open.where(['stages', this.stage]);
      const dataset = await loadDataset(reference.dataset, where);
      const options = datasetOptions(
        dataset,
        reference.options,
        (path) => `${where}, options.${path.map(String).join('.')}`,
      );
      const root = givenPath(
        '${MOSLORA_DATA}',
        this.open.folder,
        where,
        `${dataset.card.title} (${dataset.card.source})`,
      );
      return { dataset, source: { root, split, options } };
    }
    const root = this.path(reference);
    const config = this.open.pipeline.stages[reference.stage];
    if (config?.kind !== 'prepare') throw new Error(`stage ${reference.stage} is not of kind prepare`);
    const dataset = await loadDataset(config.dataset, this.open.where(['stages', reference.stage, 'dataset']));
    const options = datasetOptions(dataset, config.options, (path) =>
      this.open.where(['stages', reference.stage, 'options', ...path]),
    );
    return { dataset, source: { root, split, options } };
  }
  private ownFiles({ format, path, images, origin, options: given }: OwnFiles): {
    dataset: Dataset;
    source: DatasetContext;
  } {
    const where = this.open.where(['stages', this.stage]);
    const found = (text: string): string => givenPath(text, this.open.folder, where, origin);
    const root = found(path);
    const dataset = formatDataset(format, images === undefined ? undefined : found(images));
    const options = datasetOptions(dataset, given, (at) => `${where}, options.${at.map(String).join('.')}`);
    return { dataset, source: { root, split: filesName(root), options } };
  }
}
