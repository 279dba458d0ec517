import { formatFiles, type Tree } from '@nx/devkit';
import { newFolder, nextSteps } from '../new-folder';
import { redPixel } from './red-pixel';

/** datasets/NAME: a package that reads conversations in LLaVA's format, a fixture, and a test that says what is left to do. */
export default async function datasetGenerator(tree: Tree, { name }: { name: string }): Promise<() => void> {
  const folder = `datasets/${name}`;
  newFolder(tree, folder, 'dataset', name);
  tree.write(`${folder}/fixtures/pictures/example.png`, redPixel);
  await formatFiles(tree);
  return nextSteps(
    'npm install                              links the package',
    `npx vitest run ${folder}    says what is left to do`,
    `pipelines name it as { dataset: ${name}, split: train }`,
  );
}
