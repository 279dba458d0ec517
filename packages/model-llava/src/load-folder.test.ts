import { startBackend, tf } from '@moslora/runtime';
import { maxAbsDiff } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { knownFamilies } from './families';
import { llavaShapes, publishedLayout, tinyLlavaJson, withLlavaFolder, type Layout } from './fixtures/random-llava';
import { loadLlavaFolder } from './load-folder';

const layouts: Layout[] = [
  publishedLayout,
  { ...publishedLayout, tower: 'vision_tower.' },
  {
    tower: 'model.vision_tower.',
    projector: 'model.multi_modal_projector.',
    body: 'model.language_model.',
    head: 'lm_head.weight',
  },
  {
    tower: 'model.vision_tower.vision_model.',
    projector: 'model.multi_modal_projector.',
    body: 'model.language_model.',
    head: 'lm_head.weight',
  },
  { tower: 'model.vision_tower.', projector: 'model.multi_modal_projector.', body: 'model.', head: 'lm_head.weight' },
];

describe('loadLlavaFolder', () => {
  beforeAll(() => startBackend());

  it('reads every published layout to the same model', async () => {
    const pixels = tf.randomNormal([1, 3, 16, 16]) as tf.Tensor4D;
    const inputIds = Int32Array.from([1, 49, 49, 49, 49, 2, 3]);
    const results: ArrayLike<number>[] = [];
    for (const layout of layouts) {
      const model = await withLlavaFolder((dir) => loadLlavaFolder(dir), { layout });
      results.push(model.logits({ size: 1, inputIds, pixels }).dataSync());
      expect(model.slots()[0]?.name).toBe(`${layout.body}layers.0.self_attn.q_proj`);
      model.dispose();
    }
    for (const other of results.slice(1)) expect(maxAbsDiff(other, results[0]!)).toBe(0);
  });

  it('keeps no tensor of what it could not load', async () => {
    const shapes = llavaShapes(publishedLayout);
    shapes.delete('language_model.model.norm.weight');
    const before = tf.memory().numTensors;
    await expect(withLlavaFolder((dir) => loadLlavaFolder(dir), { shapes })).rejects.toThrow(
      /1 tensors are missing[\s\S]*expected language_model\.model\.norm\.weight/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says all at once what is wrong with tower, projector and decoder, before anything is loaded', async () => {
    const shapes = llavaShapes(publishedLayout);
    const rename = (from: string, to: string): void => {
      shapes.set(to, shapes.get(from)!);
      shapes.delete(from);
    };
    rename('vision_tower.vision_model.pre_layrnorm.weight', 'vision_tower.vision_model.pre_layernorm.weight');
    rename('multi_modal_projector.linear_2.bias', 'multi_modal_projector.linear_2.bais');
    shapes.set('language_model.model.norm.weight', [23]);
    shapes.set('language_model.model.layers.1.extra.weight', [4]);
    const before = tf.memory().numTensors;
    const error: unknown = await withLlavaFolder((dir) => loadLlavaFolder(dir), { shapes }).catch((e: unknown) => e);
    expect(tf.memory().numTensors).toBe(before);
    for (const line of [
      /pre_layrnorm\.weight \(near: vision_tower\.vision_model\.pre_layernorm\.weight\)/,
      /linear_2\.bias \(near: multi_modal_projector\.linear_2\.bais\)/,
      /Tensor `language_model\.model\.norm\.weight` has another shape[^]*got {6}\(23\)\n {2}expected \(24\)/,
      /1 tensors have no place in a LLaMA decoder[^]*language_model\.model\.layers\.1\.extra\.weight/,
    ])
      expect(String(error)).toMatch(line);
  });

  it('lists the families there are when it does not know one', async () => {
    const json = { ...tinyLlavaJson, text_config: { ...tinyLlavaJson.text_config, model_type: 'mamba2' } };
    await expect(withLlavaFolder((dir) => loadLlavaFolder(dir), { json })).rejects.toThrow(
      /No package for this family of decoders\n {2}where .*config\.json: text_config: model_type\n {2}got {6}"mamba2"\n {2}expected one of .*llama/,
    );
    expect(knownFamilies()).toContain('llama');
    expect(knownFamilies()).not.toContain('llava');
  });

  it('refuses maths it does not do', async () => {
    const json = { ...tinyLlavaJson, projector_hidden_act: 'relu', vision_feature_select_strategy: 'cls' };
    await expect(withLlavaFolder((dir) => loadLlavaFolder(dir), { json })).rejects.toThrow(
      /projector_hidden_act\n {2}got {6}"relu"[\s\S]*vision_feature_select_strategy\n {2}got {6}"cls"/,
    );
  });

  it('refuses a projector of another width than the features', async () => {
    const json = { ...tinyLlavaJson, vision_feature_layer: [-2, -1] };
    await expect(withLlavaFolder((dir) => loadLlavaFolder(dir), { json })).rejects.toThrow(
      /projector does not fit the tower's features[\s\S]*got {6}width 16\n {2}expected 32/,
    );
  });
});
