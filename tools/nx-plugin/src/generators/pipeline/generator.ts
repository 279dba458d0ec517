import { formatFiles, type Tree } from '@nx/devkit';
import { newFolder, nextSteps } from '../new-folder';

/** pipelines/NAME: stages from quantising a base to its scores, on the shapes world until another dataset is named. */
export default async function pipelineGenerator(tree: Tree, { name }: { name: string }): Promise<() => void> {
  newFolder(tree, `pipelines/${name}`, 'pipeline', name);
  await formatFiles(tree);
  return nextSteps(
    `npx moslora plan pipelines/${name}    lists its stages`,
    `npx nx run ${name}:score             runs up to the scores`,
    'npx vitest run packages/specs/src/tree.test.ts    checks every pipeline',
  );
}
