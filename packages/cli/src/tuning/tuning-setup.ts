import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkTemplate, templateFor, writeTemplate, type Template } from '@moslora/tokenization';
import { formatProblem, type StageConfigOf } from '@moslora/specs';
import { bytes } from '../progress/format';
import type { StageContext } from '../stages/stage';
import { ConversationSource, type PictureFeatures } from './conversation-source';
import type { EncodedSample } from './encode-samples';
import { LiveFeatures, type PictureWaits } from './live-features';
import type { HeldOut } from './held-out';
import { trainingParts, validationSamples, type ReadParts } from './mixture';
import { loadBase, loadTower, type FrozenBase, type FrozenTower } from './model-parts';
import { countSamples, prepareSamples, type ConversationCounts, type PrepareOptions } from './prepare-samples';
import { withReadablePictures } from './readable-pictures';
import { featureShape } from './see-batch';
import { seePictures } from './see-pictures';
import type { Skipped } from './skipped';
import { towerFolder } from './stage-outputs';

/** What aligning and instructing have in common: the frozen parts loaded, the data cut into tokens, the pictures seen. */
export interface TuningSetup extends FrozenBase {
  template: Template;
  source: ConversationSource;
  heldOut: HeldOut | undefined;
  /** What a checkpoint keeps of the template, by file name. */
  texts: Record<string, string>;
  /** What is known of data and pictures, for run.json; after the steps. */
  measured(): ConversationCounts & SkipCounts & Partial<PictureWaits>;
  visionSize: number;
  close(): Promise<void>;
}

/** Samples that could not be trained on or validated by, and were left out since the stage's policy is to skip them. */
export interface SkipCounts {
  skipped: { count: number; samples: Skipped[] };
}

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

/**
 * Loads tower, base and data of a tuning stage. What is wrong with the data is said before the tower sees any picture; it then sees
 * every distinct one once and is let go, or, where features are not kept, stays for the steps.
 */
export async function setUpTuning(context: TuningContext): Promise<TuningSetup> {
  const { config, stage, workDir, log } = context;
  const base = await loadBase(context.input(config.base), config.residency);
  const template = templateFor(config.template, context.input(config.base), base.tokenizer);
  for (const problem of checkTemplate(base.tokenizer, template)) log(`warning: ${formatProblem(problem)}`);
  const read = await trainingParts(context);
  const tower = await loadTower(towerFolder(context, config.tower), config.features.imageSize);
  const { maxLength } = config.train;
  const cut = {
    ...{ tokenizer: base.tokenizer, template, maxLength, system: config.system, turns: config.turns },
    patchesPerSlot: featureShape(tower.tower, config.features)[0],
    policy: config.policy,
  };
  const { kept, counts, skipped } = await usable(read, cut);
  const held = config.validation && (await usable(await validationSamples(context), cut));
  log(
    `${stage}: ${counts.samples} conversations, ${Math.round(counts.positions / counts.samples)} positions each ` +
      `(longest ${counts.longest}), ${counts.trainedTokens} trained tokens; ${counts.dropped.length} left out`,
  );
  if (held)
    log(`${stage}: ${held.counts.samples} held-out conversations, ${held.counts.trainedTokens} tokens to predict`);
  const leftOut = [...skipped, ...(held?.skipped ?? [])];
  if (leftOut.length > 0) log(`${stage}: ${leftOut.length} samples skipped that cannot be trained on`);
  for (const { id, reason } of [...leftOut, ...counts.dropped, ...(held?.counts.dropped ?? [])].slice(0, 5))
    log(`left out ${id}: ${reason}`);
  const { features, waits, close } = await featuresOf(context, tower, [...kept, ...(held?.kept ?? [])].flat());
  const weighted = kept.map((samples, index) => ({ samples, weight: read.parts[index]!.weight }));
  const source = new ConversationSource(weighted, { maxLength, features, packing: config.packing }, config.order);
  writeTemplate(workDir, template);
  const heldOut = config.validation && {
    ...{ config: config.validation, features, tokenizer: base.tokenizer, template, system: config.system },
    folder: workDir,
    source: new ConversationSource([{ samples: held!.kept.flat(), weight: 1 }], {
      maxLength,
      features,
      packing: config.packing,
    }),
    samples: held!.kept.flat().map(({ sample }) => sample),
  };
  const measured = (): ReturnType<TuningSetup['measured']> => ({
    ...counts,
    skipped: { count: leftOut.length, samples: leftOut },
    ...waits?.(),
  });
  const texts = { 'template.json': readFileSync(join(workDir, 'template.json'), 'utf8') };
  return { ...base, template, source, heldOut, texts, measured, visionSize: features.shape[1], close };
}

/** What of the samples read can be used: cut into tokens, and where the policy is to skip, with pictures that can be decoded. */
async function usable(
  { parts, skipped }: ReadParts,
  cut: PrepareOptions,
): Promise<ReturnType<typeof prepareSamples> & { skipped: Skipped[] }> {
  const prepared = prepareSamples(
    parts.map(({ samples }) => samples),
    cut,
    skipped,
  );
  if (cut.policy !== 'skip') return { ...prepared, skipped };
  const kept = await withReadablePictures(prepared.kept, skipped);
  return { kept, counts: countSamples(kept, prepared.counts.dropped, cut, skipped), skipped };
}

async function featuresOf(
  { config, stage, workDir, log, reporter, signal }: TuningContext,
  { tower, processor }: FrozenTower,
  samples: readonly EncodedSample[],
): Promise<{ features: PictureFeatures; waits?(): PictureWaits; close(): Promise<void> }> {
  const choice = config.features;
  if (!choice.keep) {
    const live = new LiveFeatures(tower, processor, choice);
    return { features: live, waits: () => live.waits(), close: () => live.close() };
  }
  const path = join(workDir, 'features.f32');
  const pictures = samples.flatMap(({ sample: { id, images } }) => images.map((image) => ({ image, sample: id })));
  const label = `${stage}: pictures`;
  const store = await seePictures(pictures, { tower, processor, choice, path, signal, reporter, label });
  const [rows, width] = store.shape;
  log(`${stage}: features of (${rows}, ${width}) per picture, ${bytes(4 * rows * width * store.pictures)}`);
  tower.dispose();
  const close = async (): Promise<void> => {
    store.close();
    rmSync(path, { force: true });
  };
  return { features: store, close };
}
