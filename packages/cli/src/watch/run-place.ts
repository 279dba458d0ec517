import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { didYouMean, fail, listNames } from '@moslora/specs';
import { labelledFolder } from '../evaluate/labelled-folders';
import { root } from '../stages/paths';
import { unfinishedFolder } from '../stages/work-folder';

/** Runs that a page shows at most: there are six colours. */
export const mostRuns = 6;

/** A run that is watched: where its outputs are or will be, and what it is called. */
export interface RunPlace {
  label: string;
  folder: string;
}

const suffix = unfinishedFolder('');

/** The folder in which a run works or has worked: the unfinished one as long as there is one. */
export function workingFolder(folder: string): string {
  const unfinished = unfinishedFolder(folder);
  return existsSync(unfinished) ? unfinished : folder;
}

/**
 * The runs that arguments name: a folder, its `.unfinished` one, or PIPELINE:STAGE; LABEL=… names it. @throws UserError that lists the runs there
 * are for one that is not there or did not train, for two of one name, and for more than six
 */
export function runPlaces(texts: readonly string[], cwd = process.cwd()): RunPlace[] {
  const known = knownRuns(cwd);
  const folders = texts.map((text) => ({ text, ...labelledFolder(text) }));
  const found = folders.map(({ folder, label }) => ({ label, folder: findRun(folder, cwd) }));
  const problems = found.flatMap(({ folder }, i) =>
    folder === undefined ? [notThere(folders[i]!.folder, known, cwd)] : [],
  );
  if (problems.length > 0) fail(problems);
  if (texts.length > mostRuns)
    fail({ what: 'too many runs for one page', got: `${texts.length} runs`, expected: `at most ${mostRuns}` });
  const places = found as { label: string | undefined; folder: string }[];
  const names = shortNames(places.flatMap(({ label, folder }) => (label === undefined ? [folder] : [])));
  const labelled = places.map(({ label, folder }) => ({ label: label ?? names.shift()!, folder }));
  const twice = labelled.find(({ label }, i) => labelled.findIndex((other) => other.label === label) !== i);
  if (twice) fail({ what: 'two runs of one name', got: twice.label, fix: 'name them: LABEL=FOLDER' });
  return labelled;
}

/** Folders of runs that train or have trained below `cwd`/runs and the checkout's runs/. */
export function knownRuns(cwd: string): string[] {
  const places = [...new Set([join(cwd, 'runs'), join(root, 'runs')])];
  return [...new Set(places.flatMap((place) => runsBelow(place, 4)))].sort();
}

function runsBelow(folder: string, depth: number): string[] {
  if (!existsSync(folder)) return [];
  if (trains(folder)) return [folder.endsWith(suffix) ? folder.slice(0, -suffix.length) : folder];
  if (depth === 0) return [];
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return inside.flatMap(({ name }) => runsBelow(join(folder, name), depth - 1));
}

/** Whether it holds steps, or stands for a run that has made none yet. */
function trains(folder: string): boolean {
  return existsSync(join(folder, 'metrics.jsonl')) || existsSync(join(folder, 'attempt.json'));
}

function findRun(text: string, cwd: string): string | undefined {
  const plain = text.replace(/[\\/]+$/, '').replace(new RegExp(`\\${suffix}$`), '');
  const [, pipeline, stage] = /^([\w.-]+):([\w.-]+)$/.exec(plain) ?? [];
  const named = pipeline !== undefined && stage !== undefined ? join('runs', pipeline, stage) : plain;
  const places = [resolve(cwd, named), resolve(root, named)];
  return places.find((place) => trains(place) || trains(unfinishedFolder(place)));
}

function notThere(text: string, known: readonly string[], cwd: string) {
  const shown = known.map((folder) => (relative(cwd, folder).startsWith('..') ? folder : relative(cwd, folder)));
  const isFolder = existsSync(resolve(cwd, text));
  return {
    what: isFolder ? 'this folder holds no training run' : 'there is no such run',
    where: resolve(cwd, text),
    got: text,
    expected: shown.length > 0 ? `one of ${listNames(shown)}` : 'a folder with a metrics.jsonl; there is none in runs/',
    fix: didYouMean(text, shown) ?? 'name the folder of a stage that trains, such as runs/quickstart/instruct',
  };
}

/** The shortest ends of paths that tell them apart: `instruct`, or `a/instruct` beside `b/instruct`. */
function shortNames(folders: readonly string[]): string[] {
  const parts = folders.map((folder) => folder.split(/[\\/]/));
  for (let length = 1; length < 6; length++) {
    const names = parts.map((each) => each.slice(-length).join('/'));
    if (new Set(names).size === names.length) return names;
  }
  return folders.map((folder) => basename(folder));
}
