import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { withNewFolder, writeFileAtomic, writeShardedSafetensors } from '@moslora/checkpoint';
import { writePreprocessorConfig } from '@moslora/images';
import { fail } from '@moslora/specs';
import { loadTokenizer } from '@moslora/tokenization';
import { WeightFiles } from '../layouts/weight-files';
import type { LlavaLayout } from '../layouts/layout';
import { llavaJson } from './llava-json';
import { checkDepth, decoderTensors, projectorTensors, towerTensors } from './part-tensors';

/** Files of a tokenizer's folder that go along. */
const alongside = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'chat_template.json',
  'generation_config.json',
  'template.json',
];

export interface SaveFolderOptions {
  /** The id that stands for a patch; by default the layout's, or that of the tokenizer's `<image>`. */
  imageTokenId?: number;
  /** Largest file of weights, in bytes; default 5 GB. */
  maxShardBytes?: number;
}

/**
 * Writes a LLaVA of any layout as a Hugging Face folder: `config.json`, `model.safetensors` (shards with their index where it would
 * be large) with every tensor as it is stored (4-bit ones too), `preprocessor_config.json`, and the tokenizer's files. The folder
 * appears whole or not at all.
 * @throws UserError where the model has adapters, a projector of another depth, or no image token
 */
export async function saveLlavaFolder(
  layout: LlavaLayout,
  dir: string,
  options: SaveFolderOptions = {},
): Promise<void> {
  const { decoder, tower, projector } = layout;
  const { weights } = projector;
  const adapter = decoder.adapter ?? tower.adapter;
  if (adapter !== undefined)
    fail({ what: 'A model with adapters is not written as one folder', where: adapter, fix: 'merge them first' });
  if (weights === undefined) return fail({ what: 'There is no projector to write', fix: 'name a saved one' });
  const imageTokenId = options.imageTokenId ?? layout.imageTokenId ?? imageToken(layout.tokenizer);
  const files = new WeightFiles();
  try {
    checkDepth(files.open(weights), projector);
    const tensors = [
      ...(await decoderTensors(files.open(decoder.weights), decoder)),
      ...towerTensors(files.open(tower.weights), tower),
      ...projectorTensors(files.open(weights), projector),
    ];
    await withNewFolder(dir, (temporary) => {
      writeShardedSafetensors(temporary, tensors, { maxShardBytes: options.maxShardBytes });
      const json = llavaJson(layout, imageTokenId);
      writeFileAtomic(join(temporary, 'config.json'), `${JSON.stringify(json, null, 2)}\n`);
      writePreprocessorConfig(temporary, layout.processor());
      for (const file of alongside) {
        const from = join(layout.tokenizer, file);
        if (existsSync(from)) copyFileSync(from, join(temporary, file));
      }
    });
  } finally {
    files.close();
  }
}

/** The id that stands for a patch by the tokenizer. @throws UserError where it has none */
function imageToken(folder: string): number {
  const tokenizer = loadTokenizer(folder);
  return (
    tokenizer.id('<image>') ??
    fail({
      what: 'The tokenizer has no token for pictures',
      where: tokenizer.path,
      expected: '<image> among its tokens',
      fix: 'name the id of a token that is otherwise not used',
    })
  );
}
