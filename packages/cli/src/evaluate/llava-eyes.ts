import type { ImageProcessor } from '@moslora/images';
import type { LlavaModel } from '@moslora/model-llava';
import { featureShape, seeBatch } from '../tuning/see-batch';
import type { Eyes } from './answerer';

/** What sees pictures for a LLaVA with a tower. */
export function llavaEyes({ tower, choice }: LlavaModel, processor: ImageProcessor): Eyes {
  if (!tower) throw new Error('a model without a vision tower sees no pictures');
  return {
    processor,
    shape: featureShape(tower, choice),
    see: (pixels) => seeBatch(tower, choice, pixels, processor.size),
  };
}
