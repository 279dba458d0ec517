import { formatFiles, type Tree } from '@nx/devkit';
import { newFolder, nextSteps } from '../new-folder';

/** packages/model-NAME: a decoder family that starts as LLaMA's layers, with configuration, names and layer to adapt, and a test that says what is left. */
export default async function modelGenerator(tree: Tree, { name }: { name: string }): Promise<() => void> {
  const folder = `packages/model-${name}`;
  newFolder(tree, folder, 'model', name);
  await formatFiles(tree);
  return nextSteps(
    'npm install    links the package, so that folders with this model_type find it',
    `npx vitest run ${folder}    says what is left to do`,
    'npx moslora verify-model DIR    holds a Hugging Face folder against its reference.safetensors',
  );
}
