import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, WeightFolder } from '@moslora/checkpoint';
import { clipProcessor, readPreprocessorConfig, writePreprocessorConfig } from '@moslora/images';
import { maxAbsDiff } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { comparedLayouts, logitsOf, published } from '../fixtures/compared-layouts';
import {
  randomParts,
  sequentialAt,
  writeDecoder,
  writeFolder,
  writeHuggingface,
  writeOriginal,
  writeTower,
} from '../fixtures/layout-folders';
import { composeLlava, loadLlavaFolder } from '../load-folder';
import { openLayout } from '../layouts/open-layout';
import { partsLayout } from '../layouts/parts';
import { saveLlavaFolder } from './save-folder';

const given = comparedLayouts();
const json = (dir: string): Record<string, unknown> =>
  readJson(join(dir, 'config.json'), z.record(z.string(), z.unknown()));

/** A tower's folder with its picture settings. */
function towerFolder(parts = given.parts): string {
  const tower = writeTower(given.folder(), parts);
  writePreprocessorConfig(tower, { ...clipProcessor(16), fit: 'crop' });
  return tower;
}

describe('saveLlavaFolder', () => {
  it("writes every layout as Hugging Face's, with the same logits", async () => {
    const [tower, base] = [towerFolder(), writeDecoder(given.folder(), given.parts)];
    const original = writeOriginal(given.folder(), given.parts, { tower, image_aspect_ratio: 'pad' });
    const xtuner = given.folder();
    const projector = writeFolder(join(xtuner, 'projector'), { depth: 2 }, sequentialAt(given.parts, 'model.'));
    const again = writeHuggingface(given.folder(), given.parts, {
      ...published,
      tower: 'vision_tower.',
      body: 'model.',
    });
    writePreprocessorConfig(again, clipProcessor(16));
    const layouts = [
      openLayout(original),
      openLayout(xtuner, { base, tower }),
      partsLayout({ base, tower, projector }),
      openLayout(again),
    ];
    for (const layout of layouts) {
      const dir = given.folder();
      await saveLlavaFolder(layout, dir, { imageTokenId: 49 });
      expect(readdirSync(dir).sort()).toEqual(['config.json', 'model.safetensors', 'preprocessor_config.json']);
      expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), given.expected)).toBe(0);
      expect(readPreprocessorConfig(dir)).toMatchObject({ size: 16, fit: 'pad' });
      expect(json(dir)).toMatchObject({
        architectures: ['LlavaForConditionalGeneration'],
        model_type: 'llava',
        image_token_index: 49,
        image_seq_length: 4,
        vision_feature_layer: -2,
        vision_feature_select_strategy: 'default',
        text_config: { model_type: 'llama', vocab_size: 50 },
        vision_config: { model_type: 'clip_vision_model', image_size: 16 },
      });
      expect(JSON.stringify(json(dir))).not.toContain('mm_');
      const source = WeightFolder.open(dir);
      expect(source.names()).toEqual(
        expect.arrayContaining([
          'language_model.lm_head.weight',
          'language_model.model.embed_tokens.weight',
          'multi_modal_projector.linear_2.bias',
          'vision_tower.vision_model.pre_layrnorm.weight',
        ]),
      );
      source.close();
    }
  });

  it('writes shards with an index where one file would be too large', async () => {
    const [tower, base] = [towerFolder(), writeDecoder(given.folder(), given.parts)];
    const projector = writeFolder(given.folder(), {}, sequentialAt(given.parts, 'model.'));
    const dir = given.folder();
    await saveLlavaFolder(partsLayout({ base, tower, projector }), dir, { imageTokenId: 49, maxShardBytes: 20_000 });
    const files = readdirSync(dir);
    expect(files.filter((file) => /^model-0000\d-of-0000\d\.safetensors$/.test(file)).length).toBeGreaterThan(1);
    expect(files).toContain('model.safetensors.index.json');
    expect(files).not.toContain('model.safetensors');
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), given.expected)).toBe(0);
  });

  it('keeps all patches of a tower without a class token, and ties what is tied', async () => {
    const others = await randomParts({
      text: { ...given.parts.text, tie_word_embeddings: true },
      vision: { ...given.parts.vision, model_type: 'siglip_vision_model' },
    });
    const [tower, base] = [towerFolder(others), writeDecoder(given.folder(), others)];
    const projector = writeFolder(given.folder(), {}, sequentialAt(others, 'model.'));
    const dir = given.folder();
    await saveLlavaFolder(partsLayout({ base, tower, projector }), dir, { imageTokenId: 49 });
    expect(json(dir)).toMatchObject({ vision_feature_select_strategy: 'full', tie_word_embeddings: true });
    const expected = logitsOf(await composeLlava({ base, tower, projector }));
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), expected)).toBe(0);
  });

  it('says what cannot be written so', async () => {
    const [tower, base] = [towerFolder(), writeDecoder(given.folder(), given.parts)];
    const deep = await randomParts({ depth: 3 });
    const projector = writeFolder(given.folder(), {}, sequentialAt(deep, 'model.'));
    const save = (layout: Parameters<typeof saveLlavaFolder>[0]): Promise<void> =>
      saveLlavaFolder(layout, given.folder(), { imageTokenId: 49 });
    await expect(save(partsLayout({ base, tower, projector }))).rejects.toThrow(/projector of two layers[^]*got {6}3/);
    await expect(save(partsLayout({ base, tower }))).rejects.toThrow('There is no projector to write');
    const layout = partsLayout({ base, tower, projector });
    await expect(save({ ...layout, decoder: { ...layout.decoder, adapter: '/a' } })).rejects.toThrow(
      /with adapters[^]*\/a/,
    );
    writeFileSync(
      join(base, 'tokenizer.json'),
      JSON.stringify({
        ...{ normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null },
        model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
      }),
    );
    await expect(saveLlavaFolder(layout, given.folder())).rejects.toThrow(/no token for pictures[^]*expected <image>/);
  });
});
