import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import type { Colour } from './frame';
import { resampleNames } from './filters';
import { backgroundOf, clipMean, clipStd, type ImageProcessor } from './processor';

const side = z.int().positive();
const channels = z.tuple([z.number(), z.number(), z.number()]);
const sizeSchema = z.union([side, z.object({ shortest_edge: side }), z.object({ height: side, width: side })]);

const configSchema = z.looseObject({
  image_processor_type: z.string().optional(),
  feature_extractor_type: z.string().optional(),
  do_resize: z.boolean().nullish(),
  size: sizeSchema.nullish(),
  resample: z.int().min(0).max(5).nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: z.union([side, z.object({ height: side, width: side })]).nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: channels.nullish(),
  image_std: channels.nullish(),
  do_pad: z.boolean().nullish(),
});
type Config = z.infer<typeof configSchema>;

interface Defaults {
  crop: boolean;
  resample: number;
  mean: Colour;
  std: Colour;
}

const half: Colour = [0.5, 0.5, 0.5];
/** What transformers' classes take for fields the file leaves out; the size is 224 for all. */
const kinds: Record<string, Defaults> = {
  CLIP: { crop: true, resample: 3, mean: clipMean, std: clipStd },
  Llava: { crop: true, resample: 3, mean: clipMean, std: clipStd },
  ViT: { crop: false, resample: 2, mean: half, std: half },
  Siglip: { crop: false, resample: 3, mean: half, std: half },
};

/** Reads `preprocessor_config.json` of a Hugging Face folder: the CLIP, LLaVA, ViT and SigLIP kinds, slow or fast. */
export function readPreprocessorConfig(dir: string): ImageProcessor {
  const path = join(dir, 'preprocessor_config.json');
  if (!existsSync(path)) {
    fail({
      what: 'The folder has no picture settings',
      where: path,
      fix: 'copy preprocessor_config.json from the published model',
    });
  }
  const config = readJson(path, configSchema);
  const defaults = defaultsOf(config, path);
  if (config.do_resize === false) {
    fail({ what: 'Pictures would not be resized', where: `${path}, do_resize`, got: 'false', expected: 'true' });
  }
  return {
    ...fitOf(config, defaults, path),
    mean: config.do_normalize === false ? [0, 0, 0] : (config.image_mean ?? defaults.mean),
    std: config.do_normalize === false ? [1, 1, 1] : (config.image_std ?? defaults.std),
    resample: resampleNames[config.resample ?? defaults.resample]!,
    rescale: config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255),
  };
}

function defaultsOf(config: Config, path: string): Defaults {
  const type = config.image_processor_type ?? config.feature_extractor_type ?? 'ViTFeatureExtractor';
  const kind = /^(\w+?)(ImageProcessor|FeatureExtractor)(Fast|Pil)?$/.exec(type)?.[1] ?? '';
  const defaults = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return (
    defaults ??
    fail({
      what: 'Unknown kind of picture processing',
      where: `${path}, image_processor_type`,
      got: type,
      expected: Object.keys(kinds)
        .map((name) => `${name}ImageProcessor`)
        .join(', '),
    })
  );
}

function fitOf(
  config: Config,
  defaults: Defaults,
  path: string,
): Pick<ImageProcessor, 'size' | 'fit' | 'shortestEdge'> {
  const crops = config.do_center_crop ?? defaults.crop;
  const size = config.size ?? 224;
  const square = (value: z.infer<typeof sizeSchema>, field: string): number => {
    if (typeof value === 'number') return value;
    if ('shortest_edge' in value) return value.shortest_edge;
    if (value.height === value.width) return value.height;
    const got = `${value.height} x ${value.width}`;
    return fail({
      what: 'The towers here take square pictures only',
      where: `${path}, ${field}`,
      got,
      expected: 'height = width',
    });
  };
  if (config.do_pad === true) return { size: square(config.crop_size ?? size, 'size'), fit: 'pad' };
  if (crops) {
    const shortestEdge = square(size, 'size');
    const whole = typeof size === 'object' && 'height' in size;
    const crop = square(config.crop_size ?? shortestEdge, 'crop_size');
    if (whole) return squashThenCrop(shortestEdge, crop, path);
    return shortestEdge === crop ? { size: crop, fit: 'crop' } : { size: crop, fit: 'crop', shortestEdge };
  }
  if (typeof size === 'object' && 'shortest_edge' in size) {
    fail({
      what: 'Pictures would not become square',
      where: `${path}, size`,
      got: JSON.stringify(size),
      expected: 'height and width',
    });
  }
  return { size: square(size, 'size'), fit: 'squash' };
}

function squashThenCrop(resized: number, crop: number, path: string): { size: number; fit: 'squash' } {
  if (resized === crop) return { size: crop, fit: 'squash' };
  return fail({
    what: 'Cropping after both sides were set is not known here',
    where: `${path}, crop_size`,
    got: `size ${resized} x ${resized}, crop ${crop}`,
    expected: 'equal sizes, or size with shortest_edge',
  });
}

/** Writes `preprocessor_config.json` so that {@link readPreprocessorConfig}, and transformers, process pictures the same way. */
export function writePreprocessorConfig(dir: string, processor: ImageProcessor): void {
  const { size, fit, mean, std, resample, rescale, shortestEdge } = processor;
  const type = { pad: 'LlavaImageProcessor', crop: 'CLIPImageProcessor', squash: 'SiglipImageProcessor' }[fit];
  const sizes = {
    pad: { do_pad: true, size: { shortest_edge: size }, background_color: backgroundOf(processor) },
    crop: { size: { shortest_edge: shortestEdge ?? size } },
    squash: { size: { height: size, width: size } },
  }[fit];
  const config = {
    image_processor_type: type,
    do_convert_rgb: true,
    do_resize: true,
    ...sizes,
    do_center_crop: fit !== 'squash',
    ...(fit === 'squash' ? {} : { crop_size: { height: size, width: size } }),
    resample: resampleNames.indexOf(resample),
    do_rescale: true,
    rescale_factor: rescale ?? 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
  writeFileAtomic(join(dir, 'preprocessor_config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
