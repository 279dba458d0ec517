import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { checkTemplate, templateByName, templateFromFolder, writeTemplate, type Template } from '@moslora/tokenization';
import { formatProblem, type Sample, type StageConfigOf } from '@moslora/specs';
import { bytes } from '../progress/format';
import type { StageContext } from '../stages/stage';
import { ConversationSource } from './conversation-source';
import { mixSamples, type OpenPart } from './mixture';
import { loadBase, loadTower, type FrozenBase } from './model-parts';
import { seePictures } from './see-pictures';
import { towerFolder } from './stage-outputs';

/** What aligning and instructing have in common: the frozen parts loaded, the data cut into tokens, the pictures seen. */
export interface TuningSetup extends FrozenBase {
  template: Template;
  source: ConversationSource;
  visionSize: number;
  samples: number;
  close(): void;
}

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

/** Loads tower, base and data of a tuning stage. The tower sees every distinct picture once and is let go. */
export async function setUpTuning(context: TuningContext): Promise<TuningSetup> {
  const { config, stage, workDir, log, reporter, signal } = context;
  const base = await loadBase(context.input(config.base), config.residency);
  const template =
    config.template === 'auto' ? templateFromFolder(context.input(config.base)) : templateByName(config.template);
  for (const problem of checkTemplate(base.tokenizer, template)) log(`warning: ${formatProblem(problem)}`);
  const parts: OpenPart[] = await Promise.all(
    config.data.map(async (part) => ({ part, ...(await context.data(part)) })),
  );
  const mixture = await mixSamples(parts, context.seed, context.where('data'));
  const samples = mixture.flat();
  const features = await featuresOf(samples);
  const source = new ConversationSource(config.order === 'parts' ? mixture : [samples], {
    tokenizer: base.tokenizer,
    template,
    system: config.system,
    turns: config.turns,
    maxLength: config.train.maxLength,
    features: features.store,
  });
  const { counts } = source;
  log(
    `${stage}: ${counts.samples} conversations, ${Math.round(counts.positions / counts.samples)} positions each ` +
      `(longest ${counts.longest}), ${counts.trainedTokens} trained tokens; ${counts.dropped.length} left out`,
  );
  for (const { id, reason } of counts.dropped.slice(0, 5)) log(`left out ${id}: ${reason}`);
  writeTemplate(workDir, template);
  return {
    ...base,
    template,
    source,
    visionSize: features.store.shape[1],
    samples: counts.samples,
    close: () => {
      features.store.close();
      rmSync(features.path, { force: true });
    },
  };

  async function featuresOf(all: readonly Sample[]) {
    const { tower, processor } = await loadTower(towerFolder(context, config.tower), config.features.imageSize);
    const path = join(workDir, 'features.f32');
    const images = all.flatMap((sample) => sample.images);
    const label = `${stage}: pictures`;
    const store = await seePictures(images, {
      ...{ tower, processor, choice: config.features, path, signal, reporter, label },
    });
    log(
      `${stage}: features of (${store.shape.join(', ')}) per picture, ${bytes(4 * store.shape[0] * store.shape[1] * store.pictures)}`,
    );
    tower.dispose();
    return { store, path };
  }
}
