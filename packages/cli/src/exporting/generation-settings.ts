import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { parseTowerConfig } from '@moslora/vision-encoder';
import { loadTokenizer } from '@moslora/tokenization';
import { z } from 'zod';
import type { ModelPlace } from '../merging/model-place';
import type { OutputShape } from '../merging/output-shape';

const ownSettings = z.looseObject({ eos_token_id: z.union([z.int(), z.array(z.int())]).nullish() });

/** generation_config.json: the model's own, greedy where it brings none, ending also where the template of tuning ends an answer. */
export function writeGenerationConfig(dir: string, { template }: ModelPlace): void {
  const path = join(dir, 'generation_config.json');
  if (!existsSync(join(dir, 'tokenizer.json'))) return;
  const tokenizer = loadTokenizer(dir);
  const own = existsSync(path) ? readJson(path, ownSettings) : { do_sample: false };
  const ends = (template?.stop ?? []).flatMap((text) => tokenizer.id(text) ?? []);
  const all = [...new Set([own['eos_token_id'] ?? [], ends].flat(2))];
  writeJson(path, { ...own, ...(ends.length > 0 && { eos_token_id: all }) });
}

/** processor_config.json of transformers' LlavaProcessor, where the tokenizer has its picture token. */
export function writeProcessorConfig(dir: string, { layout }: ModelPlace, shape: OutputShape): void {
  if (layout === undefined || shape.kind !== 'huggingface' || !existsSync(join(dir, 'tokenizer.json'))) return;
  if (loadTokenizer(dir).id('<image>') === undefined) return;
  const { patchSize, classToken } = parseTowerConfig(layout.tower.config, layout.tower.where);
  writeJson(join(dir, 'processor_config.json'), {
    image_token: '<image>',
    num_additional_image_tokens: classToken ? 1 : 0,
    patch_size: patchSize,
    processor_class: 'LlavaProcessor',
    vision_feature_select_strategy: layout.featureSelect,
  });
}

function writeJson(path: string, json: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(json, null, 2)}\n`);
}
