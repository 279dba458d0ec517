import { basename, dirname, join, resolve } from 'node:path';

/**
 * The folders in which something named under MOSLORA_DATA is looked for, first to last: the folder itself, its `data` and its `models`;
 * and where it is called `data`, the `models` beside it. So the variable may name a folder that holds everything, one that holds
 * `data` and `models`, or its `data`.
 */
export function dataRoots(folder: string): string[] {
  const root = resolve(folder);
  const beside = basename(root) === 'data' ? [join(dirname(root), 'models')] : [];
  return [root, join(root, 'data'), join(root, 'models'), ...beside];
}
