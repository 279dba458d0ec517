import { join } from 'node:path';
import { writeFileAtomic } from '@moslora/checkpoint';
import { resampleNames } from './filters';
import { backgroundOf, type ImageProcessor } from './processor';

/** Writes `preprocessor_config.json` so that `readPreprocessorConfig`, and transformers, process pictures the same way. */
export function writePreprocessorConfig(dir: string, processor: ImageProcessor): void {
  const json = preprocessorJson(processor);
  writeFileAtomic(join(dir, 'preprocessor_config.json'), `${JSON.stringify(json, null, 2)}\n`);
}

const types = { pad: 'LlavaImageProcessor', crop: 'CLIPImageProcessor', squash: 'SiglipImageProcessor' };

function preprocessorJson(processor: ImageProcessor): Record<string, unknown> {
  const { size, fit, mean, std, resample, rescale, shortestEdge } = processor;
  const edge = shortestEdge ?? size;
  const crops = fit !== 'squash' || edge !== size;
  return {
    // Only the CLIP kind cuts out a middle.
    image_processor_type: fit === 'squash' && crops ? types.crop : types[fit],
    do_convert_rgb: true,
    do_resize: true,
    size: fit === 'squash' ? { height: edge, width: edge } : { shortest_edge: edge },
    ...(fit === 'pad' ? { do_pad: true, background_color: backgroundOf(processor) } : {}),
    do_center_crop: crops,
    ...(crops ? { crop_size: { height: size, width: size } } : {}),
    resample: resampleNames.indexOf(resample),
    do_rescale: true,
    rescale_factor: rescale ?? 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
}
