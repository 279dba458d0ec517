import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkTemplate, templateFor, writeTemplate, type Template } from '@moslora/tokenization';
import { formatProblem, partsOf, type StageConfigOf } from '@moslora/specs';
import { bytes } from '../progress/format';
import type { StageContext } from '../stages/stage';
import { ConversationSource, type PictureFeatures } from './conversation-source';
import type { EncodedSample } from './encode-samples';
import { LiveFeatures, type PictureWaits } from './live-features';
import type { HeldOut } from './held-out';
import { trainingParts, validationSamples } from './mixture';
import { loadBase, loadTower, type LoadedBase, type LoadedTower } from './model-parts';
import { prepareSamples, type ConversationCounts } from './prepare-samples';
import { featureShape } from './see-batch';
import { seePictures } from './see-pictures';
import { towerFolder } from './stage-outputs';

/** What aligning and instructing have in common: tower and decoder loaded, the data cut into tokens, the pictures seen. */
export interface TuningSetup extends LoadedBase {
  /** The tower where it learns; a frozen one is let go, or sees pictures for `source`. */
  tower: LoadedTower | undefined;
  template: Template;
  source: ConversationSource;
  heldOut: HeldOut | undefined;
  /** What a checkpoint keeps of the template, by file name. */
  texts: Record<string, string>;
  /** What is known of data and pictures, for run.json; after the steps. */
  measured(): ConversationCounts & Partial<PictureWaits>;
  visionSize: number;
  close(): Promise<void>;
}

export type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

/**
 * Loads tower, base and data of a tuning stage. What is wrong with the data is said before the tower sees any picture; it then sees
 * every distinct one once and is let go, or, where features are not kept, stays for the steps.
 */
export async function setUpTuning(context: TuningContext): Promise<TuningSetup> {
  const { config, stage, workDir, log } = context;
  const learns = partsOf(config);
  const base = await loadBase(context.input(config.base), config.residency, learns.decoder.mode === 'full');
  const template = templateFor(config.template, context.input(config.base), base.tokenizer);
  for (const problem of checkTemplate(base.tokenizer, template)) log(`warning: ${formatProblem(problem)}`);
  const parts = await trainingParts(context);
  const tower = await loadTower(
    towerFolder(context, config.tower),
    config.features.imageSize,
    learns.tower.mode === 'full',
  );
  const { maxLength } = config.train;
  const cut = {
    ...{ tokenizer: base.tokenizer, template, maxLength, system: config.system, turns: config.turns },
    patchesPerSlot: featureShape(tower.tower, config.features)[0],
  };
  const { kept, counts } = prepareSamples(parts, cut);
  const held = config.validation && prepareSamples([await validationSamples(context)], cut);
  log(
    `${stage}: ${counts.samples} conversations, ${Math.round(counts.positions / counts.samples)} positions each ` +
      `(longest ${counts.longest}), ${counts.trainedTokens} trained tokens; ${counts.dropped.length} left out`,
  );
  if (held)
    log(`${stage}: ${held.counts.samples} held-out conversations, ${held.counts.trainedTokens} tokens to predict`);
  for (const { id, reason } of [...counts.dropped, ...(held?.counts.dropped ?? [])].slice(0, 5))
    log(`left out ${id}: ${reason}`);
  const { features, waits, close } = await featuresOf(context, tower, [...kept, ...(held?.kept ?? [])].flat());
  const source = new ConversationSource(kept, { maxLength, features });
  writeTemplate(workDir, template);
  const heldOut = config.validation && {
    ...{ config: config.validation, features, tokenizer: base.tokenizer, template, system: config.system },
    source: new ConversationSource(held!.kept, { maxLength, features }),
    samples: held!.kept.flat().map(({ sample }) => sample),
  };
  const measured = (): ConversationCounts & Partial<PictureWaits> => ({ ...counts, ...waits?.() });
  const texts = { 'template.json': readFileSync(join(workDir, 'template.json'), 'utf8') };
  const learningTower = learns.tower.mode === 'frozen' ? undefined : tower;
  return {
    ...base,
    tower: learningTower,
    template,
    source,
    heldOut,
    texts,
    measured,
    visionSize: features.shape[1],
    close,
  };
}

async function featuresOf(
  { config, stage, workDir, log, reporter, signal }: TuningContext,
  { tower, processor }: LoadedTower,
  samples: readonly EncodedSample[],
): Promise<{ features: PictureFeatures; waits?(): PictureWaits; close(): Promise<void> }> {
  const choice = config.features;
  const learns = partsOf(config).tower.mode !== 'frozen';
  if (learns || !choice.keep) {
    const live = new LiveFeatures(tower, processor, choice, learns ? 'pixels' : 'features');
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
