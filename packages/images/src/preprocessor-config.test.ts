import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clipMean, clipProcessor, clipStd, readPreprocessorConfig, writePreprocessorConfig } from './index';

const dir = mkdtempSync(join(tmpdir(), 'processor-'));
const read = (config: unknown) => {
  writeFileSync(join(dir, 'preprocessor_config.json'), JSON.stringify(config));
  return readPreprocessorConfig(dir);
};

describe('readPreprocessorConfig', () => {
  it('reads the CLIP kind with sizes as numbers or objects', () => {
    const expected = { size: 336, fit: 'crop', mean: clipMean, std: clipStd, resample: 'bicubic', rescale: 1 / 255 };
    expect(read({ feature_extractor_type: 'CLIPFeatureExtractor', size: 336, crop_size: 336 })).toEqual(expected);
    const sizes = { size: { shortest_edge: 336 }, crop_size: { height: 336, width: 336 } };
    expect(read({ image_processor_type: 'CLIPImageProcessorFast', ...sizes })).toEqual(expected);
    expect(read({ image_processor_type: 'CLIPImageProcessor', size: 384, crop_size: 336 })).toEqual({
      ...expected,
      shortestEdge: 384,
    });
  });

  it('reads the ViT and SigLIP kinds, which squash', () => {
    const half = [0.5, 0.5, 0.5];
    const vit = { size: 224, fit: 'squash', mean: half, std: half, resample: 'bilinear', rescale: 1 / 255 };
    expect(read({ image_processor_type: 'ViTImageProcessor' })).toEqual(vit);
    const size = { height: 384, width: 384 };
    expect(read({ image_processor_type: 'SiglipImageProcessor', size })).toEqual({
      ...vit,
      size: 384,
      resample: 'bicubic',
    });
    expect(read({ image_processor_type: 'ViTImageProcessor', do_normalize: false, do_rescale: false })).toMatchObject({
      mean: [0, 0, 0],
      std: [1, 1, 1],
      rescale: 1,
    });
  });

  it('refuses what cannot be done', () => {
    expect(() => read({ image_processor_type: 'Qwen2VLImageProcessor' })).toThrow(
      /Qwen2VLImageProcessor\n[\s\S]*CLIPImageProcessor, /,
    );
    expect(() => read({ image_processor_type: 'ViTImageProcessor', size: { height: 2, width: 3 } })).toThrow(
      /square[\s\S]*2 x 3/,
    );
    expect(() => read({ image_processor_type: 'ViTImageProcessor', resample: 9 })).toThrow(/resample\n {2}got {6}9/);
    expect(() => read({ do_resize: false })).toThrow('do_resize');
    expect(() => readPreprocessorConfig('/nowhere')).toThrow('has no picture settings');
  });
});

describe('the ways a size is written', () => {
  const clip = { image_processor_type: 'CLIPImageProcessor', crop_size: 32 };
  it.each([
    [
      { ...clip, size: { shortest_edge: 40 } },
      { fit: 'crop', size: 32, shortestEdge: 40 },
    ],
    [
      { ...clip, size: { shortest_edge: 40, longest_edge: null } },
      { fit: 'crop', size: 32, shortestEdge: 40 },
    ],
    [
      { ...clip, size: { height: 40, width: 40 } },
      { fit: 'squash', size: 32, shortestEdge: 40 },
    ],
    [
      { ...clip, size: [32, 32] },
      { fit: 'squash', size: 32 },
    ],
    [
      { ...clip, size: { height: 40, width: 40 }, do_center_crop: false },
      { fit: 'squash', size: 40 },
    ],
    [
      { size: 32, crop_size: 32, do_center_crop: true },
      { fit: 'crop', size: 32 },
    ],
    [
      { image_processor_type: 'LlavaImageProcessor', size: 40, crop_size: 32, do_pad: true },
      { fit: 'pad', size: 32 },
    ],
    [
      { image_processor_type: 'ViTImageProcessor', size: 40 },
      { fit: 'squash', size: 40 },
    ],
  ])('%j', (json, expected) => expect(read(json)).toMatchObject(expected));

  it.each([
    [{ ...clip, do_center_crop: false, size: { shortest_edge: 40 } }, 'Pictures would not become square'],
    [{ image_processor_type: 'SiglipImageProcessor', size: 40 }, 'Pictures would not become square'],
    [{ ...clip, size: { shortest_edge: 40, longest_edge: 80 } }, 'This way of giving a size is not known here'],
  ])('%j is refused', (json, message) => expect(() => read(json)).toThrow(message));
});

describe('processor_config.json of newer folders', () => {
  it('holds the same settings', () => {
    const folder = mkdtempSync(join(tmpdir(), 'processor-'));
    const json = { processor_class: 'LlavaProcessor', image_processor: { image_processor_type: 'ViTImageProcessor' } };
    writeFileSync(join(folder, 'processor_config.json'), JSON.stringify(json));
    expect(readPreprocessorConfig(folder)).toMatchObject({ size: 224, fit: 'squash' });
    writeFileSync(join(folder, 'processor_config.json'), JSON.stringify({ image_processor: { size: 'big' } }));
    expect(() => readPreprocessorConfig(folder)).toThrow(/processor_config\.json: image_processor, size/);
  });
});

describe('writePreprocessorConfig', () => {
  it('writes what reads back the same', () => {
    for (const fit of ['pad', 'crop', 'squash'] as const) {
      for (const more of [{}, { shortestEdge: 112 }]) {
        const written = { ...clipProcessor(96), fit, rescale: 1 / 255, ...more };
        writePreprocessorConfig(dir, written);
        expect(readPreprocessorConfig(dir)).toMatchObject(written);
      }
    }
  });

  it('keeps a background of its own', () => {
    writePreprocessorConfig(dir, { ...clipProcessor(96), background: [1, 2, 3] });
    expect(readPreprocessorConfig(dir).background).toEqual([1, 2, 3]);
  });
});
