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

describe('writePreprocessorConfig', () => {
  it('writes what reads back the same', () => {
    for (const fit of ['pad', 'crop', 'squash'] as const) {
      const processor = { ...clipProcessor(96), fit, rescale: 1 / 255 };
      writePreprocessorConfig(dir, processor);
      expect(readPreprocessorConfig(dir)).toEqual(processor);
    }
    writePreprocessorConfig(dir, { ...clipProcessor(96), fit: 'crop', shortestEdge: 112 });
    expect(readPreprocessorConfig(dir)).toMatchObject({ size: 96, shortestEdge: 112 });
  });
});
