import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { quantizeFolder } from '@moslora/quantized-base';
import { z } from 'zod';
import type { Bar } from '../../progress/reporter';
import { openWeights } from '../../quantizing/open-weights';
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
          bar ??= reporter.bar({ label: name, total: Math.round(total / 1e6), unit: 'MB' });
          bar.update(Math.round(done / 1e6));
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
