import { chmodSync, copyFileSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { adapterFiles } from '@moslora/adapters';
import { withNewFolder, writeFileAtomic } from '@moslora/checkpoint';
import { writePreprocessorConfig } from '@moslora/images';
import {
  aboutParts,
  decoderPlace,
  isLlavaFolder,
  openLayout,
  savedParts,
  type MergedModel,
} from '@moslora/model-llava';
import { writeChatTemplate, writeTemplate } from '@moslora/tokenization';
import { companionFiles } from '../quantizing/companion-files';
import { compareLogits, type FixedBatch, type LogitDifference } from './fixed-batch';
import { judgeLogits } from './logit-verdict';
import { modelLogits, type LoadedFrom } from './model-logits';
import type { ModelPlace } from './model-place';
import { mergedModel, type OutputShape } from './output-shape';
import { readBack, type WrittenModule } from './read-back';
import { writeWeights, type WriteOptions } from './write-weights';

export interface WriteModelOptions extends WriteOptions {
  /** Compute a fixed batch with base and adapter, and with what was written. */
  compare: boolean;
  log(line: string): void;
  /** Whose weights are written; the model's own unless its adapter stays beside them. */
  weightsOf?: ModelPlace;
  /** Writes what else belongs into the folder. */
  also?(dir: string, shape: OutputShape): Promise<void> | void;
}

/** What was written, read back. */
export interface WrittenModel {
  shape: OutputShape;
  modules: WrittenModule[];
  tensors: number;
  logits: LogitDifference | undefined;
}

/**
 * Writes a model with its adapters merged as one folder, reads it back tensor by tensor, and computes a fixed batch with both. The folder
 * appears when all of that was done.
 * @throws Disagreement where what was written is not the model
 */
export async function writeModel(
  place: ModelPlace,
  shape: OutputShape,
  output: string,
  options: WriteModelOptions,
): Promise<WrittenModel> {
  const merged = await mergedModel(options.weightsOf ?? place, shape);
  try {
    let written: Omit<WrittenModel, 'shape' | 'tensors'> | undefined;
    await withNewFolder(output, async (dir) => {
      await writeWeights(dir, merged, options);
      writeCompanions(dir, place, shape);
      await options.also?.(dir, shape);
      options.log('reading back what was written');
      const modules = readBack(dir, merged);
      written = { modules, logits: options.compare ? await compared(place, shape, dir, options) : undefined };
    });
    return { shape, tensors: countOf(merged), ...written! };
  } finally {
    merged.close();
  }
}

async function compared(
  place: ModelPlace,
  shape: OutputShape,
  dir: string,
  { as, log }: WriteModelOptions,
): Promise<LogitDifference> {
  log('computing a fixed batch with base and adapter, and with what was written');
  const imageTokenId = shape.kind === 'huggingface' ? shape.imageTokenId : place.layout?.imageTokenId;
  const before = { ...place, layout: place.layout && { ...place.layout, imageTokenId } };
  const { batch, logits } = await modelLogits(before);
  const difference = await compareWith(writtenPlace(dir), batch, logits);
  judgeLogits(difference, as);
  return difference;
}

async function compareWith(place: LoadedFrom, batch: FixedBatch, expected: Float32Array): Promise<LogitDifference> {
  const { logits } = await modelLogits(place, batch);
  return compareLogits(logits, expected, batch.rows.length);
}

/** A folder as anyone finds it who gets it. */
function writtenPlace(dir: string): LoadedFrom {
  const layout = isLlavaFolder(dir) ? openLayout(dir) : undefined;
  const adapter = join(dir, savedParts.adapter);
  const beside = existsSync(join(adapter, adapterFiles.config)) ? { adapter } : {};
  return { decoder: layout?.decoder ?? { ...decoderPlace(dir), ...beside }, layout };
}

/** Files that say how the pictures are prepared: they go where the tower is. */
const ofPictures = /(^|[\\/])(preprocessor|processor)_config\.json$/;

/** What a stage, or an export before this one, left beside its tokenizer. */
const notWords = /(^|[\\/])(moslora|run|attempt|greedy)\.json$|\.jsonl$/;

/** Tokenizer, templates, settings: what makes the folder whole without any other. */
export function writeCompanions(dir: string, { words, template, layout }: ModelPlace, shape: OutputShape): void {
  for (const file of companionFiles(words)) {
    if (ofPictures.test(file) || notWords.test(file)) continue;
    const to = join(dir, basename(file));
    copyFileSync(file, to);
    chmodSync(to, 0o644);
  }
  if (template !== undefined) {
    writeTemplate(dir, template);
    if (existsSync(join(dir, 'tokenizer.json'))) writeChatTemplate(dir, template);
  }
  if (layout === undefined || shape.kind === 'language') return;
  const processor = layout.processor();
  if (shape.kind === 'huggingface') return writePreprocessorConfig(dir, processor);
  writePreprocessorConfig(join(dir, savedParts.tower), processor);
  writeFileAtomic(join(dir, savedParts.about), `${JSON.stringify(aboutParts(layout), null, 2)}\n`);
}

function countOf({ weights }: MergedModel): number {
  return weights.reduce((sum, { tensors }) => sum + tensors.length, 0);
}
