import { fail } from '@moslora/specs';
import { z } from 'zod';

const side = z.int().positive();
const channels = z.tuple([z.number(), z.number(), z.number()]);
/** Files write absent sides as nothing or as null. */
const sides = z.looseObject({
  shortest_edge: side.nullish(),
  longest_edge: side.nullish(),
  height: side.nullish(),
  width: side.nullish(),
});
const size = z.union([side, z.tuple([side, side]), z.tuple([side]), sides]);
export type SizeJson = z.infer<typeof size>;

/** What of a `preprocessor_config.json` says how a picture becomes pixels; other keys are ignored. */
export const preprocessorSchema = z.looseObject({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_resize: z.boolean().nullish(),
  size: size.nullish(),
  resample: z.int().min(0).max(5).nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: size.nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: channels.nullish(),
  image_std: channels.nullish(),
  do_pad: z.boolean().nullish(),
  background_color: channels.nullish(),
});
export type PreprocessorJson = z.infer<typeof preprocessorSchema>;

/**
 * The side of a `size`, and whether it is that of every edge or of the shortest.
 * @param square what a plain number means: every edge
 * @throws UserError for sizes that are not square, or limited by the longest edge
 */
export function squareSide(size: SizeJson, square: boolean, where: string): { side: number; every: boolean } {
  if (typeof size === 'number') return { side: size, every: square };
  const { height, width, shortest_edge: shortest, longest_edge: longest } = Array.isArray(size) ? pair(size) : size;
  if (height != null && height === width) return { side: height, every: true };
  if (height != null && width != null) {
    fail({
      what: 'The towers here take square pictures only',
      where,
      got: `${height} x ${width}`,
      expected: 'height = width',
    });
  }
  if (shortest != null && longest == null) return { side: shortest, every: false };
  return fail({
    what: 'This way of giving a size is not known here',
    where,
    got: JSON.stringify(size),
    expected: 'a number, { shortest_edge }, or { height, width }',
  });
}

function pair(list: readonly [number] | readonly [number, number]): z.infer<typeof sides> {
  return { height: list[0], width: list[1] ?? list[0] };
}
