import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { adapterFiles, adapterParts } from '@moslora/adapters';
import { readJson } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { hasStoredTemplate, templateSchema, type Template } from '@moslora/tokenization';
import type { Answerer, StageParts } from '../evaluate/answerer';
import { adapterPlace } from '../merging/adapter-place';
import { sameFeatures } from '../merging/same-features';
import { readRun } from '../stages/run-file';
import { outputs } from '../tuning/stage-outputs';

/** NAME=PLACE of the command line. */
export interface NamedAdapter {
  name: string;
  place: string;
}

/** What a model over the same base has of its own. */
export interface Variant {
  name: string;
  /** Undefined: the base alone. */
  adapter: string | undefined;
  /** Undefined: the served model's own. */
  projector: string | undefined;
  template: Template;
  system: string | undefined;
}

/** One more NAME=PLACE. */
export function oneMoreAdapter(text: string, all: readonly NamedAdapter[]): NamedAdapter[] {
  const [, name, place] = /^([\w.:/-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || place === undefined)
    throw new InvalidArgumentError('It must be NAME=FOLDER or NAME=PIPELINE:STAGE.');
  if (all.some((each) => each.name === name)) throw new InvalidArgumentError(`There are two adapters ${name}.`);
  return [...all, { name, place }];
}

/**
 * What an option names: an adapter's folder, with what lies beside it as a run leaves it, or a tuning stage.
 * @throws UserError where there is none, or a stage stands on another base or tower
 */
export function variantOf({ name, place }: NamedAdapter, served: Answerer, open: (model: string) => Answerer): Variant {
  const { template } = served.voice();
  if (!existsSync(place) || (served.parts && isRun(place))) {
    const other = open(place);
    const parts = other.parts?.();
    if (!parts)
      return fail({
        what: `adapter ${name} is a stage's that tunes nothing`,
        where: '--adapter',
        got: place,
        expected: 'an align or instruct stage, or a folder with an adapter',
      });
    sameBase(name, parts, served);
    const { adapter, projector } = parts;
    return { name, adapter, projector, template: other.voice().template, system: other.system };
  }
  const adapter = adapterPlace(place);
  refuseOtherEyes(name, [place, dirname(adapter)], adapter, served);
  const beside = [place, dirname(adapter)].find((folder) => existsSync(join(folder, outputs.projector)));
  const stored = [adapter, place, dirname(adapter)].find(hasStoredTemplate);
  return {
    ...{ name, adapter, system: served.system },
    projector: beside && join(beside, outputs.projector),
    template: stored === undefined ? template : readJson(join(stored, 'template.json'), templateSchema),
  };
}

/** Whether a tuning stage left this folder, which then says what it stands on. */
function isRun(place: string): boolean {
  return !existsSync(join(place, adapterFiles.config)) && readRun(place) !== undefined;
}

/**
 * All adapters look through the served model's tower.
 * @throws UserError where this one learnt with another, or on other features of it
 */
function refuseOtherEyes(name: string, folders: readonly string[], adapter: string, served: Answerer): void {
  const own = folders.flatMap((folder) => [outputs.tower, outputs.towerAdapter].map((part) => join(folder, part)));
  const beside = [...new Set(own)].filter((path) => existsSync(path));
  const learnt = adapterParts(adapter).has('tower') ? [...beside, adapter] : beside;
  if (learnt.length > 0)
    fail({
      what: `adapter ${name} was tuned together with a vision tower, which would be left out`,
      where: '--adapter',
      got: learnt.join(', '),
      expected: "an adapter of the decoder, with a projector or without: all share the model's tower",
      fix: 'serve it by itself: its stage (PIPELINE:STAGE) as the model, or what `moslora export` makes of it',
    });
  const run = folders.find((folder) => readRun(folder) !== undefined);
  const fix = 'serve it by itself: its stage (PIPELINE:STAGE) as the model';
  if (run !== undefined && served.layout)
    sameFeatures(served.layout, readRun(run)!.config, { run, base: served.name, fix });
}

function sameBase(name: string, parts: StageParts, served: Answerer): void {
  const own = served.parts?.();
  const differing = (['base', 'tower', 'towerAdapter', 'features'] as const).filter(
    (part) => own && place(own[part]) !== place(parts[part]),
  );
  if (own && differing.length === 0) return;
  const first = differing[0] ?? 'base';
  fail({
    what: own
      ? `adapter ${name} stands on another ${differing.join(' and ')}`
      : `adapter ${name} is a stage's, and the model is a folder's`,
    where: '--adapter',
    got: parts[first] ?? 'none',
    ...(own && { expected: own[first] ?? 'none' }),
    fix: own ? 'serve it by itself' : "name the adapter's folder instead, or a stage as the model",
  });
}

const place = (path = ''): string => (existsSync(path) ? realpathSync(path) : path);
