import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { fail, references, stageNeeds, type Pipeline, type StageConfig } from '@moslora/specs';
import { findGiven, holders } from './given-paths';
import { root, stamp } from './paths';
import { readRun } from './run-file';
import { packageEntry, sourceHash } from './source-closure';
import { statedInputs, type StatedInputs } from './stated-inputs';
import { stageFile } from './table';

/** What a stage's outcome depends on: equal fingerprints mean that there is nothing to redo. */
export interface Fingerprint {
  /** Configuration and inputs. */
  inputs: string;
  /** What they were, to tell what has changed. */
  stated: StatedInputs;
  /** The code of the stage and of everything that it imports. */
  code: string;
  /** Both together. */
  whole: string;
}

/**
 * SHA-256 over the resolved configuration, the fingerprints of the stages it refers to (and of `provision` where it computes with
 * tensors), the stamps of folders and files that no stage made, `identity`, and the code.
 * @param options.where names the stage's place in errors
 * @throws UserError listing every folder and file that is not there, and where to get it
 */
export function fingerprint(
  pipeline: Pipeline,
  stage: string,
  options: {
    outDirOf(stage: string): string;
    pipelineFolder: string;
    where: string;
    tensors: boolean;
    identity: string | undefined;
    /** Packages beside those that the stage's source names. */
    packages: readonly string[];
  },
): Fingerprint {
  const config = pipeline.stages[stage]!;
  const named = references(config).map((reference) => reference.name);
  const needed = options.tensors ? (stageNeeds(pipeline.stages)[stage] ?? []) : [...new Set(named)];
  const upstream = needed.map((name) => [name, readRun(options.outDirOf(name))?.fingerprint] as const);
  const meaning = meaningOf(config);
  const { found, missing } = findGiven(config, options);
  if (missing.length > 0) fail(missing);
  const given = found.map((path) => stamp(path, (folder) => readdirSync(folder)));
  const data = datasets(config).length > 0 ? process.env['MOSLORA_DATA'] : undefined;
  const { identity } = options;
  const inputs = sha256(JSON.stringify([meaning, [...upstream].sort(), given, data, identity]));
  const stated = statedInputs({ config: meaning, upstream, given, data, identity });
  const code = sourceHash(root, [
    stageFile(config.kind),
    ...datasets(config).map((name) => packageEntry(root, `@moslora/dataset-${name}`)),
    ...options.packages.map((name) => packageEntry(root, name)).filter(existsSync),
  ]);
  return { inputs, stated, code, whole: sha256(inputs + code) };
}

/** The configuration without what changes no output: how often training is written down, what the stage is called. */
function meaningOf(config: StageConfig): object {
  const { title: _title, cache: _cache, needs: _needs, ...meaning } = config;
  if (!('train' in meaning)) return meaning;
  const {
    checkpointEvery: _every,
    keepCheckpoints: _keep,
    logEvery: _log,
    mixerEvery: _mixers,
    ...train
  } = meaning.train;
  return { ...meaning, train };
}

function datasets(config: StageConfig): string[] {
  return holders(config, 'dataset').map(({ name }) => name);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
