import { join } from 'node:path';
import { generateFiles, type Tree } from '@nx/devkit';

/** Name in the forms that the files need. */
export interface Names {
  name: string;
  /** First letter of each word in upper case. */
  className: string;
  /** The same with the first letter in lower case. */
  variable: string;
  /** Words joined by `_`, as Hugging Face names model types. */
  modelType: string;
}

/** Writes the files beside a generator into a new folder. @throws when something is there already, or the name is no name */
export function newFolder(tree: Tree, folder: string, generator: string, name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`${name} is not a name in kebab case, such as my-${generator.split('/').at(-1)}`);
  }
  if (tree.exists(folder) && tree.children(folder).length > 0)
    throw new Error(`${folder} is there already; choose another name`);
  const words = name.split('-').map((word) => word[0]!.toUpperCase() + word.slice(1));
  const className = words.join('');
  const variable = className[0]!.toLowerCase() + className.slice(1);
  const names: Names = { name, className, variable, modelType: name.replaceAll('-', '_') };
  generateFiles(tree, join(__dirname, generator, 'files'), folder, { ...names, dot: '.', tmpl: '' });
}

/** What a person does next; npm links the new package, so that it can be imported by its name. */
export function nextSteps(...lines: string[]): () => void {
  return () => console.log(['', ...lines.map((line) => `  ${line}`), ''].join('\n'));
}
