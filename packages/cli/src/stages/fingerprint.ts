import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fail, references, stageNeeds, UserError, type Pipeline, type StageConfig } from '@moslora/specs';
import { givenPath, root, stamp } from './paths';
import { readRun } from './run-file';
import { packageEntry, sourceHash } from './source-closure';
import { stageFile } from './table';

/** What a stage's outcome depends on: equal fingerprints mean that there is nothing to redo. */
export interface Fingerprint {
  /** Configuration and inputs. */
  inputs: string;
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
  },
): Fingerprint {
  const config = pipeline.stages[stage]!;
  const named = references(config).map((reference) => reference.name);
  const needed = options.tensors ? (stageNeeds(pipeline.stages)[stage] ?? []) : [...new Set(named)];
  const upstream = needed.map((name) => [name, readRun(options.outDirOf(name))?.fingerprint]);
  const { title: _title, cache: _cache, needs: _needs, ...meaning } = config;
  const given = present(givenPaths(config), options).map((path) => stamp(path, (folder) => readdirSync(folder)));
  const data = datasets(config).length > 0 ? process.env['MOSLORA_DATA'] : undefined;
  const inputs = sha256(JSON.stringify([meaning, upstream.sort(), given, data, options.identity]));
  const code = sourceHash(root, [
    stageFile(config.kind),
    ...datasets(config).map((name) => packageEntry(root, `@moslora/dataset-${name}`)),
  ]);
  return { inputs, code, whole: sha256(inputs + code) };
}

/** A folder or file that a stage reads and no stage made. */
interface Given {
  path: string;
  origin: string | undefined;
}

function givenPaths(config: StageConfig): Given[] {
  return [...holders(config, 'folder'), ...holders(config, 'path')].map(({ name, holder }) => ({
    path: name,
    origin: typeof holder['origin'] === 'string' ? holder['origin'] : undefined,
  }));
}

/** The paths with variables filled in; what is missing is reported all at once. */
function present(
  given: readonly Given[],
  { pipelineFolder, where }: { pipelineFolder: string; where: string },
): string[] {
  const missing: UserError['problems'][number][] = [];
  const found = given.flatMap(({ path, origin }) => {
    try {
      return [givenPath(path, pipelineFolder, where, origin)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      missing.push(...error.problems);
      return [];
    }
  });
  return missing.length > 0 ? fail(missing) : found;
}

function datasets(config: StageConfig): string[] {
  return holders(config, 'dataset').map(({ name }) => name);
}

/** Every object in `value` whose `key` is a text. */
function holders(value: unknown, key: string): { name: string; holder: Record<string, unknown> }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.entries(holder).flatMap(([at, inner]) =>
    at === key && typeof inner === 'string' ? [{ name: inner, holder }] : at === 'options' ? [] : holders(inner, key),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
