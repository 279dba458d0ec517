import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '@moslora/checkpoint';
import { tf } from '@moslora/runtime';
import { maxAbsDiff } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { comparedLayouts, logitsOf } from '../fixtures/compared-layouts';
import { decoderAt, named, randomParts, sequentialAt, writeOriginal, writeTower } from '../fixtures/layout-folders';
import { loadLlavaFolder } from '../load-folder';
import { Projector } from '../projector/projector';
import { isLlavaFolder, openLayout } from './open-layout';

const given = comparedLayouts();

describe("the original LLaVA's layout", () => {
  it('finds the tower inside the folder', async () => {
    const tower = writeTower(given.folder(), given.parts);
    const dir = writeOriginal(given.folder(), given.parts, { tower, inside: true });
    expect(isLlavaFolder(dir)).toBe(true);
    expect(openLayout(dir).tower.weights).toBe(dir);
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), given.expected)).toBe(0);
  });

  it('finds the tower by path, beside the folder, and where it is given', async () => {
    const tower = writeTower(join(given.root, 'clip-vit-tiny'), given.parts);
    for (const name of [tower, 'openai/clip-vit-tiny', '../clip-vit-tiny'])
      expect(
        maxAbsDiff(
          logitsOf(await loadLlavaFolder(writeOriginal(given.folder(), given.parts, { tower: name }))),
          given.expected,
        ),
      ).toBe(0);
    const elsewhere = writeOriginal(given.folder(), given.parts, { tower: 'openai/elsewhere' });
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(elsewhere, { tower })), given.expected)).toBe(0);
    await expect(loadLlavaFolder(elsewhere)).rejects.toThrow(
      /The vision tower of this model lies outside its folder and was not found\n {2}where .*\n {2}got {6}"openai\/elsewhere"[^]*give its folder as `tower`/,
    );
  });

  it("finds the tower in Hugging Face's cache", async () => {
    const home = given.folder();
    const snapshots = join(home, 'hub/models--openai--cached/snapshots');
    const commit = 'abc0'.repeat(10);
    writeTower(join(snapshots, commit), given.parts);
    mkdirSync(join(home, 'hub/models--openai--cached/refs'), { recursive: true });
    writeFileSync(join(home, 'hub/models--openai--cached/refs/main'), commit);
    const before = process.env['HF_HOME'];
    process.env['HF_HOME'] = home;
    try {
      const dir = writeOriginal(given.folder(), given.parts, { tower: 'openai/cached' });
      expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), given.expected)).toBe(0);
    } finally {
      if (before === undefined) delete process.env['HF_HOME'];
      else process.env['HF_HOME'] = before;
    }
  });

  it('knows the shape of published towers whose weights lie inside', () => {
    const dir = writeOriginal(given.folder(), given.parts, {
      tower: 'openai/clip-vit-large-patch14-336',
      inside: true,
      image_aspect_ratio: 'pad',
    });
    expect(openLayout(dir).tower.config).toMatchObject({ image_size: 336, num_hidden_layers: 24 });
    expect(openLayout(dir).processor()).toMatchObject({ size: 336, fit: 'pad', resample: 'bicubic' });
  });

  it.each([
    ['linear', 1],
    ['mlp3x_gelu', 3],
  ])('has a %s projector', async (type, depth) => {
    const others = await randomParts({ depth });
    const tower = writeTower(given.folder(), others);
    const dir = writeOriginal(given.folder(), others, { tower, mm_projector_type: type });
    if (depth === 1) {
      const single = named(others.projector, (name) => name.replace('0.', 'model.mm_projector.'));
      writeSafetensors(join(dir, 'model.safetensors'), [...decoderAt(others, 'model.', 'lm_head.weight'), ...single]);
    }
    const model = await loadLlavaFolder(dir);
    expect(model.projector.shape.depth).toBe(depth);
    const saved = join(given.folder() + '.safetensors');
    await model.projector.save(saved);
    expect(Projector.open(saved).shape).toEqual(model.projector.shape);
    const x = tf.randomNormal([1, 2, 16]) as tf.Tensor3D;
    expect(maxAbsDiff(Projector.open(saved).apply(x), model.projector.apply(x))).toBe(0);
    model.dispose();
  });

  it('reads which rows and layer of the tower are taken', () => {
    const dir = writeOriginal(given.folder(), given.parts, {
      tower: writeTower(given.folder(), given.parts),
      mm_vision_select_feature: 'cls_patch',
      mm_vision_select_layer: -1,
      architectures: ['LlavaQwenForCausalLM'],
    });
    expect(openLayout(dir)).toMatchObject({
      featureLayer: -1,
      featureSelect: 'full',
      decoder: { config: { model_type: 'qwen2' } },
    });
  });

  it('takes all patches of a SigLIP tower, which has no class token', () => {
    const dir = writeOriginal(given.folder(), given.parts, {
      tower: 'google/siglip-so400m-patch14-384',
      inside: true,
      mm_vision_select_feature: 'patch',
    });
    expect(openLayout(dir)).toMatchObject({ featureLayer: -2, featureSelect: 'full' });
  });

  it('refuses what is not LLaVA-1.5, all at once', () => {
    const dir = writeOriginal(given.folder(), given.parts, {
      tower: 'x',
      mm_projector_type: 'resampler',
      mm_patch_merge_type: 'spatial_unpad',
      image_aspect_ratio: 'anyres',
    });
    expect(() => openLayout(dir)).toThrow(
      /mm_projector_type\n {2}got {6}"resampler"[^]*mm_patch_merge_type\n {2}got {6}"spatial_unpad"[^]*image_aspect_ratio\n {2}got {6}"anyres"/,
    );
  });

  it('names a projector tensor that is missing or wrong', async () => {
    const dir = writeOriginal(given.folder(), given.parts, { tower: writeTower(given.folder(), given.parts) });
    const tensors = [
      ...decoderAt(given.parts, 'model.', 'lm_head.weight'),
      ...sequentialAt(given.parts, 'model.mm_projector.'),
    ];
    writeSafetensors(
      join(dir, 'model.safetensors'),
      named(tensors, (name) => name.replace('mm_projector.2.bias', 'mm_projector.2.bais')),
    );
    const before = tf.memory().numTensors;
    await expect(loadLlavaFolder(dir)).rejects.toThrow(
      /1 tensors are missing[^]*model\.mm_projector\.2\.bias \(near: model\.mm_projector\.2\.bais\)/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
