import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFolder } from '@moslora/checkpoint';
import { dataRoots, fail } from '@moslora/specs';

/** Root of this checkout. */
export const root = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/[\\/]$/, '');

/**
 * Where a pipeline's stages leave their outputs: runs/<name> beside the folder that holds the pipelines; runs/<name>-<preset> where
 * a preset was asked for, so that a trial run leaves the real one alone.
 */
export function runsFolder(pipelineFolder: string, askedPreset?: string): string {
  const folder = resolve(pipelineFolder);
  const suffix = askedPreset === undefined || askedPreset === 'none' ? '' : `-${askedPreset}`;
  return join(dirname(dirname(folder)), 'runs', folder.slice(dirname(folder).length + 1) + suffix);
}

/** How to run a stage, as a person would type it. */
export function stageCommand(pipelineFolder: string, stage: string): string {
  const folder = resolve(pipelineFolder);
  const name = folder.slice(dirname(folder).length + 1);
  return folder === join(root, 'pipelines', name)
    ? `npx nx run ${name}:${stage}`
    : `npx moslora stage ${pipelineFolder} ${stage}`;
}

/**
 * A path of a pipeline with ${MOSLORA_DATA} and ${HOME} filled in; relative ones start at `base`. What stands under ${MOSLORA_DATA} is
 * looked for in the places of `dataRoots`; `hub:OWNER/NAME` is a model in Hugging Face's cache.
 * @throws UserError when the variable is not set or nothing lies there; `origin` says where to get it.
 */
export function givenPath(text: string, base: string, where: string, origin?: string): string {
  const hub = /^hub:([^/]+\/[^/]+)(.*)$/s.exec(text);
  if (hub) return join(hubFolder(hub[1]!, where), hub[2]!);
  const filled = text.replace(/\$\{(\w+)\}/g, (whole, variable: string) => {
    if (variable !== 'MOSLORA_DATA' && variable !== 'HOME') {
      return fail({
        what: `unknown variable ${whole} in a path`,
        where,
        got: text,
        expected: '${MOSLORA_DATA} or ${HOME}',
      });
    }
    return (
      process.env[variable] ??
      fail({
        what: `the variable ${variable} is not set`,
        where,
        got: text,
        expected: 'the folder that holds the data and models to be read as they come',
        fix: `${origin ? `get ${origin}; then ` : ''}export ${variable}=/path/to/that/folder`,
      })
    );
  });
  const path = isAbsolute(filled) ? filled : resolve(base, filled);
  const inData = /^\$\{MOSLORA_DATA\}[\\/](.+)$/s.exec(text)?.[1];
  const places =
    inData === undefined ? [path] : dataRoots(filled.slice(0, -inData.length)).map((at) => join(at, inData));
  return (
    places.find((place) => existsSync(place)) ??
    fail({
      what: 'nothing lies at this path',
      where,
      got: path,
      expected: inData === undefined ? 'an existing file or folder' : `${inData} there, or in its data/ or models/`,
      fix: origin ? `get ${origin}` : 'correct the path',
    })
  );
}

function hubFolder(name: string, where: string): string {
  return (
    cachedFolder(name) ??
    fail({
      what: "the model is not in Hugging Face's cache",
      where,
      got: name,
      expected: 'a snapshot of it, whole',
      fix: `npx moslora download ${name}`,
    })
  );
}

/** Size and time of change of a file or a folder's entries: what is cheap to know about inputs that no stage made. */
export function stamp(path: string, list: (folder: string) => string[]): string {
  const entries = statSync(path).isDirectory() ? list(path).map((entry) => join(path, entry)) : [path];
  return entries
    .sort()
    .map((entry) => [entry, statSync(entry)] as const)
    .map(([entry, { size, mtimeMs }]) => `${entry} ${size} ${Math.round(mtimeMs)}`)
    .join('\n');
}
