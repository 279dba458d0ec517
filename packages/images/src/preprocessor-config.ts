import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { issueProblems, readJson } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import type { Colour } from './frame';
import { resampleNames } from './filters';
import { preprocessorSchema, squareSide, type PreprocessorJson, type SizeJson } from './preprocessor-schema';
import { clipMean, clipStd, meanColour, type ImageProcessor } from './processor';

interface Defaults {
  crop: boolean;
  /** Whether a size that is a plain number means both sides, not the shortest edge. */
  square: boolean;
  resample: number;
  mean: Colour;
  std: Colour;
}

const half: Colour = [0.5, 0.5, 0.5];
/** What transformers' classes take for fields the file leaves out; the size is 224 for all. */
const kinds: Record<string, Defaults> = {
  CLIP: { crop: true, square: false, resample: 3, mean: clipMean, std: clipStd },
  Llava: { crop: true, square: false, resample: 3, mean: clipMean, std: clipStd },
  ViT: { crop: false, square: true, resample: 2, mean: half, std: half },
  Siglip: { crop: false, square: false, resample: 3, mean: half, std: half },
};

/**
 * Reads how a Hugging Face folder prepares pictures: `preprocessor_config.json`, or the `image_processor` in the `processor_config.json`
 * of newer folders; of the CLIP, LLaVA, ViT and SigLIP kinds, slow, fast or PIL.
 * @throws UserError naming every value that is malformed or asks for what is not done here
 */
export function readPreprocessorConfig(dir: string): ImageProcessor {
  const { json, where } = findConfig(dir);
  const parsed = preprocessorSchema.safeParse(json);
  if (!parsed.success) return fail(issueProblems(parsed.error, where, json));
  const config = parsed.data;
  const defaults = defaultsOf(config, where);
  if (config.do_resize === false) {
    fail({ what: 'Pictures would not be resized', where: `${where}, do_resize`, got: 'false', expected: 'true' });
  }
  const fitting = fitOf(config, defaults, where);
  const mean = config.image_mean ?? defaults.mean;
  // Padding has the mean's colour also where the mean is not subtracted.
  const unlike = fitting.fit === 'pad' && config.do_normalize === false ? meanColour(mean) : undefined;
  const background = config.background_color ?? unlike;
  return {
    ...fitting,
    mean: config.do_normalize === false ? [0, 0, 0] : mean,
    std: config.do_normalize === false ? [1, 1, 1] : (config.image_std ?? defaults.std),
    resample: resampleNames[config.resample ?? defaults.resample]!,
    rescale: config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255),
    ...(background === undefined ? {} : { background }),
  };
}

const anyJson = z.looseObject({});

function findConfig(dir: string): { json: unknown; where: string } {
  const own = join(dir, 'preprocessor_config.json');
  if (existsSync(own)) return { json: readJson(own, anyJson), where: own };
  const whole = join(dir, 'processor_config.json');
  const json = existsSync(whole) ? readJson(whole, anyJson)['image_processor'] : undefined;
  if (json !== undefined) return { json, where: `${whole}: image_processor` };
  return fail({
    what: 'The folder has no picture settings',
    where: own,
    fix: 'copy preprocessor_config.json from the published model',
  });
}

function defaultsOf(config: PreprocessorJson, where: string): Defaults {
  const crops = config.do_center_crop != null || config.crop_size != null;
  const untyped = crops ? 'CLIPImageProcessor' : 'ViTImageProcessor';
  const type = config.image_processor_type ?? config.feature_extractor_type ?? untyped;
  const kind = /^(\w+?)(ImageProcessor|FeatureExtractor)(Fast|Pil)?$/.exec(type)?.[1] ?? '';
  const defaults = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return (
    defaults ??
    fail({
      what: 'Unknown kind of picture processing',
      where: `${where}, image_processor_type`,
      got: type,
      expected: Object.keys(kinds)
        .map((name) => `${name}ImageProcessor`)
        .join(', '),
    })
  );
}

function fitOf(
  config: PreprocessorJson,
  defaults: Defaults,
  where: string,
): Pick<ImageProcessor, 'size' | 'fit' | 'shortestEdge'> {
  const size: SizeJson = config.size ?? (defaults.crop ? { shortest_edge: 224 } : { height: 224, width: 224 });
  const { side: resized, every } = squareSide(size, defaults.square, `${where}, size`);
  const crops = config.do_center_crop ?? defaults.crop;
  const crop = crops ? squareSide(config.crop_size ?? 224, true, `${where}, crop_size`).side : resized;
  const edge = resized === crop ? {} : { shortestEdge: resized };
  if (config.do_pad === true) return { size: crop, fit: 'pad', ...edge };
  if (every) return { size: crop, fit: 'squash', ...edge };
  if (crops) return { size: crop, fit: 'crop', ...edge };
  return fail({
    what: 'Pictures would not become square',
    where: `${where}, size`,
    got: JSON.stringify(size),
    expected: 'height and width, do_center_crop, or do_pad',
  });
}
