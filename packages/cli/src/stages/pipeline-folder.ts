import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './paths';

/** The folder of a pipeline: the one that is named, or, for a bare name such as `quickstart`, that in pipelines/ here or in this project; undefined where there is none. */
export function pipelineFolder(named: string): string | undefined {
  const bare = named === basename(named) ? [join('pipelines', named), join(root, 'pipelines', named)] : [];
  return [named, ...bare].find((folder) => existsSync(join(folder, 'pipeline.yaml')));
}

/** The names of the pipelines in pipelines/ here and in this project. */
export function pipelineNames(): string[] {
  const folders = ['pipelines', join(root, 'pipelines')].filter((folder) => existsSync(folder));
  const names = folders.flatMap((folder) =>
    readdirSync(folder).filter((name) => existsSync(join(folder, name, 'pipeline.yaml'))),
  );
  return [...new Set(names)].sort();
}
