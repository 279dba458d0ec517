import { join } from 'node:path';
import { clipProcessor } from '@moslora/images';
import type { Parameter } from '@moslora/nn';
import type { BaseSource, StageRef } from '@moslora/specs';
import { loadTokenizer } from '@moslora/tokenization';
import { ContrastiveModel, saveTower, type ContrastiveBatch } from '@moslora/vision-encoder';
import { baseFolder } from '../../tuning/base-source';
import { CaptionSource } from '../../tuning/caption-source';
import { outputs } from '../../tuning/stage-outputs';
import { samplesOf } from '../../tuning/mixture';
import { retrievalAccuracy } from '../../tuning/retrieval';
import { runTraining } from '../../tuning/run-training';
import type { Stage, StageContext } from '../stage';

/** Trains a small CLIP tower on pictures and captions; the outputs are a Hugging Face folder of the vision tower alone. */
export const stage: Stage<'pretrain-vision'> = {
  kind: 'pretrain-vision',
  tensors: true,
  resumable: true,
  async run(context) {
    const { config, workDir, log, signal } = context;
    const tokenizer = loadTokenizer(tokenizerFolder(config.tokenizer, context));
    const processor = clipProcessor(config.model.imageSize);
    const { together } = config;
    const patchesPerSide = config.model.imageSize / config.model.patchSize;
    const options = { processor, tokenizer, maxTokens: config.captions.maxTokens, patchesPerSide };
    const samples = await samplesOf(await context.data(config.data));
    const source = await CaptionSource.read(samples, { ...options, together });
    const { imageSize, patchSize, width, layers, heads, mlpWidth, projectionDim, pooling, regionWeight } = config.model;
    const model = new ContrastiveModel(
      {
        imageSize,
        patchSize,
        hiddenSize: width,
        layers,
        heads,
        intermediateSize: mlpWidth,
        projectionSize: projectionDim,
        pooling,
        regionWeight,
        text: {
          vocabSize: tokenizer.vocabSize,
          maxLength: config.captions.maxTokens,
          hiddenSize: config.captions.width,
          layers: config.captions.layers,
          heads: config.captions.heads,
        },
      },
      context.seed,
    );
    log(
      `${source.pictures} pictures with captions; tower ${count(model.tower.parameters())}, all ${count(model.parameters())} parameters`,
    );
    const trained = await runTraining<ContrastiveBatch>(context, 'contrastive', model, source);
    if (signal.aborted) return {};
    const holdout =
      config.holdout && (await CaptionSource.read(await samplesOf(await context.data(config.holdout)), options));
    const retrieval = holdout && retrievalAccuracy(model, holdout);
    if (retrieval) log(`held-out captions found among ${retrieval.among}: ${(100 * retrieval.toText).toFixed(1)} %`);
    await saveTower(model.tower, join(workDir, outputs.tower), processor);
    return { ...trained, samples: source.pictures, ...(retrieval ? { retrieval } : {}) };
  },
};

function tokenizerFolder(reference: BaseSource | StageRef, context: StageContext<unknown>): string {
  return 'stage' in reference ? context.input(reference) : baseFolder(reference, context);
}

const count = (parameters: readonly Parameter[]): string =>
  `${(parameters.reduce((sum, { value }) => sum + value.size, 0) / 1e6).toFixed(2)} M`;
