import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@moslora/checkpoint';
import { parseTowerConfig } from '@moslora/vision-encoder';
import { loadTokenizer } from '@moslora/tokenization';
import type { ModelPlace } from '../merging/model-place';
import type { OutputShape } from '../merging/output-shape';

/** generation_config.json, where the model brings none: greedy, ending where its template ends an answer. */
export function writeGenerationConfig(dir: string, { template }: ModelPlace): void {
  const path = join(dir, 'generation_config.json');
  if (existsSync(path) || !existsSync(join(dir, 'tokenizer.json'))) return;
  const tokenizer = loadTokenizer(dir);
  const ends = (template?.stop ?? []).flatMap((text) => tokenizer.id(text) ?? []);
  writeJson(path, { do_sample: false, ...(ends.length > 0 && { eos_token_id: ends }) });
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
