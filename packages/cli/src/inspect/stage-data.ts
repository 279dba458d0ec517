import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { isLlavaFolder, openLayout } from '@moslora/model-llava';
import { fail, listNames, type FolderRef, type StageConfigOf } from '@moslora/specs';
import { checkTemplate, loadTokenizer, templateFor, type Template, type Tokenizer } from '@moslora/tokenization';
import { featureCount, parseTowerConfig } from '@moslora/vision-encoder';
import { z } from 'zod';
import { Inputs } from '../stages/inputs';
import { stageOf, type OpenPipeline } from '../stages/open-pipeline';
import { readRun } from '../stages/run-file';
import { baseFolder } from '../tuning/base-source';
import type { OpenPart } from '../tuning/mixture';
import { outputs } from '../tuning/stage-outputs';
import type { PrepareOptions } from '../tuning/prepare-samples';

type TuningConfig = StageConfigOf<'align'> | StageConfigOf<'instruct'>;

/** What a tuning stage makes of its data, found without loading any weights. */
export interface StageData {
  tokenizer: Tokenizer;
  template: Template;
  parts: OpenPart[];
  /** What it is validated by. */
  heldOut: OpenPart[];
  options: PrepareOptions;
  /** What does not fit between template and tokenizer. */
  warnings: ReturnType<typeof checkTemplate>;
}

/**
 * Opens the data of a stage that tunes on conversations. Tokenizer and tower are those of its base and tower stages, or, where these
 * have not run, of what they will be made from.
 * @throws UserError when the stage has no conversations, or something of it is not there
 */
export async function openStageData(open: OpenPipeline, name: string): Promise<StageData> {
  const config = stageOf(open, name);
  if (config.kind !== 'align' && config.kind !== 'instruct') return refuseKind(open, name, config.kind);
  const inputs = new Inputs(open, name);
  const base = baseOf(open, inputs, name, config);
  const tokenizer = loadTokenizer(tokenizerOf(base));
  const template = templateFor(config.template, base, tokenizer);
  const openParts = (parts: readonly OpenPart['part'][]): Promise<OpenPart[]> =>
    Promise.all(parts.map(async (part) => ({ part, ...(await inputs.data(part)) })));
  return {
    tokenizer,
    template,
    parts: await openParts(config.data),
    heldOut: await openParts(config.validation?.data ?? []),
    warnings: checkTemplate(tokenizer, template),
    options: {
      tokenizer,
      template,
      system: config.system,
      turns: config.turns,
      maxLength: config.train.maxLength,
      patchesPerSlot: rowsPerPicture(open, inputs, config),
    },
  };
}

function refuseKind(open: OpenPipeline, name: string, kind: string): never {
  const fitting = Object.entries(open.pipeline.stages).filter(
    ([, { kind }]) => kind === 'align' || kind === 'instruct',
  );
  return fail({
    what: `stage \`${name}\` is not trained on conversations`,
    where: open.where(['stages', name, 'kind']),
    got: kind,
    expected: `an align or instruct stage: ${listNames(fitting.map(([stage]) => stage)) || 'this pipeline has none'}`,
  });
}

/** The base's folder; of a quantize stage that has not run, what it will quantise. */
function baseOf(open: OpenPipeline, inputs: Inputs, name: string, { base }: TuningConfig): string {
  const made = 'stage' in base ? open.pipeline.stages[base.stage] : undefined;
  if ('stage' in base && made?.kind === 'quantize' && !readRun(open.outDir(base.stage))) {
    return baseFolder(made.source, {
      input: (reference) => inputs.path(reference),
      where: (...path) => open.where(['stages', name, ...path]),
    });
  }
  return inputs.path(base);
}

/** A LLaVA may have its tokenizer elsewhere; what will be quantised may be no Hugging Face folder yet. */
function tokenizerOf(folder: string): string {
  return existsSync(join(folder, 'config.json')) && isLlavaFolder(folder) ? openLayout(folder).tokenizer : folder;
}

const anyJson = z.record(z.string(), z.unknown());

/** Positions that a picture takes, by the tower's configuration alone. */
function rowsPerPicture(open: OpenPipeline, inputs: Inputs, { tower, features }: TuningConfig): number {
  const config = towerConfig(open, inputs, tower);
  const { imageSize = config.imageSize } = features;
  return featureCount({ ...config, imageSize }, features);
}

function towerConfig(open: OpenPipeline, inputs: Inputs, tower: FolderRef): ReturnType<typeof parseTowerConfig> {
  const made = 'stage' in tower ? open.pipeline.stages[tower.stage] : undefined;
  if ('stage' in tower && made?.kind === 'pretrain-vision' && !readRun(open.outDir(tower.stage))) {
    const { imageSize, patchSize, width, layers, heads, mlpWidth } = made.model;
    return parseTowerConfig({
      model_type: 'clip_vision_model',
      image_size: imageSize,
      patch_size: patchSize,
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      intermediate_size: mlpWidth,
    });
  }
  const folder = 'stage' in tower ? inputs.path(tower, outputs.tower) : inputs.path(tower);
  const where = join(folder, 'config.json');
  const place = isLlavaFolder(folder) ? openLayout(folder).tower : { config: readJson(where, anyJson), where };
  return parseTowerConfig(place.config, place.where);
}
