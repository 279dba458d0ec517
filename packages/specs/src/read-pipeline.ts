import { basename, join, resolve } from 'node:path';
import { didYouMean, listNames } from './closest-name';
import { NamedConfigs } from './named-configs';
import { pipelineSchema, type Pipeline } from './pipeline';
import { referenceProblems } from './pipeline-references';
import { mergeTrees, tree, type Tree } from './preset-merge';
import { fail, type Problem } from './problem';
import { isObject } from './schema-keys';
import { YamlText } from './yaml';

type Path = readonly PropertyKey[];

/** A pipeline under one preset, checked, with the place of everything in its file. */
export interface ReadPipeline {
  /** Name of the pipeline's folder. */
  name: string;
  folder: string;
  pipeline: Pipeline;
  preset: string | undefined;
  /** `file:line:column` of a path, such as ['stages', 'prepare', 'options', 'seed']. */
  where(path: Path): string;
}

/**
 * Reads `folder`/pipeline.yaml: replaces names of configurations by what configs/<key>/<name>.yaml holds, merges the preset's
 * stages into the stages, checks the result and the references in it; the other presets are checked as well.
 * @param configs folder of the configurations; default: `configs` beside the folder that holds the pipelines
 * @throws UserError with every problem at once, each with its file, line and column
 */
export function readPipeline(
  folder: string,
  preset?: string,
  configs = join(resolve(folder), '..', '..', 'configs'),
): ReadPipeline {
  const text = YamlText.open(join(folder, 'pipeline.yaml'));
  const named = new NamedConfigs(configs, text);
  const raw = tree(text.value);
  const presets = tree(raw['presets']);
  const stages = named.expand(raw['stages'], ['stages']);
  const merged = new Map(Object.keys(presets).map((key) => [key, withPreset(text, named, stages, key)]));

  const problems = [
    ...text.problems(pipelineSchema, isObject(raw['stages']) ? { ...raw, stages } : text.value),
    ...named.problems,
  ];
  if (problems.length === 0) problems.push(...referenceProblems(asStages(stages), (path) => text.where(path)));
  if (problems.length === 0) for (const [key, value] of merged) problems.push(...presetProblems(text, raw, key, value));
  if (preset !== undefined && !merged.has(preset)) problems.push(unknownPreset(preset, [...merged.keys()], text));
  if (problems.length > 0) fail(problems);

  return {
    name: basename(resolve(folder)),
    folder: resolve(folder),
    pipeline: pipelineSchema.parse({ ...raw, stages: preset === undefined ? stages : merged.get(preset) }),
    preset,
    where: preset === undefined ? (path) => text.where(path) : whereUnder(text, preset),
  };
}

function withPreset(text: YamlText, named: NamedConfigs, stages: Tree, preset: string): Tree {
  const at = ['presets', preset, 'stages'];
  return mergeTrees(stages, named.changes(changesOf(text, preset), at));
}

function changesOf(text: YamlText, preset: string): Tree {
  return tree(tree(tree(tree(text.value)['presets'])[preset])['stages']);
}

function presetProblems(text: YamlText, raw: Tree, preset: string, merged: Tree): Problem[] {
  const known = Object.keys(tree(raw['stages']));
  const unknown = Object.keys(changesOf(text, preset)).filter((stage) => !known.includes(stage));
  if (unknown.length > 0) {
    return unknown.map((stage) => ({
      what: `preset \`${preset}\` changes a stage that is not there`,
      where: text.where(['presets', preset, 'stages', stage], 'key'),
      got: stage,
      expected: `one of ${listNames(known)}`,
      fix: didYouMean(stage, known) ?? 'correct the name',
    }));
  }
  const where = whereUnder(text, preset);
  const problems = text.problems(pipelineSchema, { ...raw, stages: merged }, where);
  return problems.length > 0 ? problems : referenceProblems(asStages(merged), where);
}

/** Places of a path: in the preset where the preset changes it, else where it stands. */
function whereUnder(text: YamlText, preset: string): (path: Path, of?: 'key' | 'value') => string {
  return (path, of) => {
    const changed = ['presets', preset, ...path];
    return text.where(text.has(changed) ? changed : path, of);
  };
}

function unknownPreset(preset: string, known: string[], text: YamlText): Problem {
  return {
    what: `unknown preset \`${preset}\``,
    where: text.where(['presets'], 'key'),
    got: preset,
    expected: `one of ${listNames(known)}`,
    fix: didYouMean(preset, known) ?? 'leave it out, or add it to `presets`',
  };
}

/** Stages whose check has passed. */
function asStages(stages: Tree): Record<string, { kind: string }> {
  return stages as Record<string, { kind: string }>;
}
