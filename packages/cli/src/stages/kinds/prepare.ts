import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '@moslora/specs';
import { datasetOptions, loadDataset } from '../dataset-package';
import type { Stage } from '../stage';

/** Makes a dataset's files: finds the dataset by its name and lets it fill the stage's folder. */
export const stage: Stage<'prepare'> = {
  kind: 'prepare',
  tensors: false,
  resumable: false,
  async run({ config, workDir, log, where, signal }) {
    const dataset = await loadDataset(config.dataset, where('dataset'));
    const options = datasetOptions(dataset, config.options, (path) =>
      where('options', ...(path as (string | number)[])),
    );
    if (!dataset.prepare) {
      fail({
        what: `dataset \`${config.dataset}\` has nothing to prepare`,
        where: where('dataset'),
        got: config.dataset,
        expected: 'a dataset that makes files',
        fix: `remove this stage, and write { dataset: ${config.dataset}, split: ... } where its samples are wanted`,
      });
    }
    await dataset.prepare({ into: workDir, data: process.env['MOSLORA_DATA'], options, log, signal });
    const files = readdirSync(workDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const sizes = files.map((file) => statSync(join(file.parentPath, file.name)).size);
    return { dataset: dataset.card, options, files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  },
};
