import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fail } from '@moslora/specs';

/**
 * Refuses an output folder that holds something (unless it may be replaced), or that is, holds or lies in the input folder.
 * @throws UserError
 */
export function checkFolders(input: string, output: string, replace: boolean): void {
  if (!existsSync(input) || !statSync(input).isDirectory()) {
    fail({
      what: existsSync(input) ? 'The model is a file, not a folder' : 'There is no such folder',
      where: input,
      expected: 'a Hugging Face folder: config.json, and model.safetensors or its shards',
    });
  }
  const [from, to] = [realpathSync(input), real(output)];
  if (from === to || isInside(from, to) || isInside(to, from)) {
    fail({
      what: 'The output folder and the model would overlap',
      where: output,
      got: from === to ? 'the same folder' : isInside(from, to) ? 'a folder that holds the model' : 'inside the model',
      fix: 'name a folder elsewhere',
    });
  }
  if (!existsSync(output) || replace) return;
  if (!statSync(output).isDirectory()) fail({ what: 'The output folder is a file', where: output });
  if (readdirSync(output).length > 0)
    fail({
      what: 'The output folder is not empty',
      where: output,
      got: `${readdirSync(output).length} entries`,
      fix: 'name another one, or replace it with --force',
    });
}

/** The path without links; of what is not there yet, as far as it is. */
function real(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return realpathSync(absolute);
  const parent = dirname(absolute);
  return parent === absolute ? absolute : join(real(parent), basename(absolute));
}

function isInside(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return path !== '' && !path.startsWith('..');
}
