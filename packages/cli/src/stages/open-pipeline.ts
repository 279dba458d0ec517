import { basename, join } from 'node:path';
import { didYouMean, fail, listNames, readPipeline, type ReadPipeline } from '@moslora/specs';
import { runsFolder } from './paths';
import { pipelineFolder, pipelineNames } from './pipeline-folder';
import { pickPreset } from './pick-preset';
import { readRun } from './run-file';

/** A pipeline under the preset that holds now, and where its outputs lie. */
export interface OpenPipeline extends ReadPipeline {
  notice: string | undefined;
  outDir(stage: string): string;
}

/**
 * Opens a pipeline under --preset, MOSLORA_PRESET, or the preset that fits the backend which its `provision` stage found
 * (MOSLORA_BACKEND=wasm decides at once). It is named by its folder, or by its name in pipelines/. @throws UserError with every problem in its file.
 */
export function openPipeline(named: string, askedPreset?: string): OpenPipeline {
  const folder =
    pipelineFolder(named) ??
    fail({
      what: 'no pipeline here',
      where: named,
      expected: 'a folder with a pipeline.yaml, such as pipelines/quickstart, or the name of one in pipelines/',
      fix: didYouMean(basename(named), pipelineNames()),
    });
  const plain = readPipeline(folder);
  const asked = askedPreset ?? (process.env['MOSLORA_PRESET'] || undefined);
  const runs = runsFolder(folder, asked);
  const outDir = (stage: string): string => join(runs, stage);
  const { preset, notice } = pickPreset(plain.pipeline.presets, asked, knownBackend(plain, outDir));
  const read = preset === undefined ? plain : readPipeline(folder, preset);
  return { ...read, notice: notice ?? read.pipeline.presets[preset ?? '']?.description, outDir };
}

/** The stage's configuration. @throws UserError that lists the stages. */
export function stageOf(open: OpenPipeline, stage: string): OpenPipeline['pipeline']['stages'][string] {
  const known = Object.keys(open.pipeline.stages);
  return (
    open.pipeline.stages[stage] ??
    fail({
      what: `pipeline \`${open.name}\` has no stage \`${stage}\``,
      where: join(open.folder, 'pipeline.yaml'),
      got: stage,
      expected: `one of ${listNames(known)}`,
      fix: didYouMean(stage, known),
    })
  );
}

function knownBackend(read: ReadPipeline, outDir: (stage: string) => string): 'native' | 'wasm' | 'none' | undefined {
  if (process.env['MOSLORA_BACKEND'] === 'wasm') return 'wasm';
  const provision = Object.entries(read.pipeline.stages).find(([, config]) => config.kind === 'provision');
  return provision && readRun(outDir(provision[0]))?.device.backend;
}
