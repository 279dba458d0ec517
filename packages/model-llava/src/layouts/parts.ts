import { padded, readPreprocessorConfig } from '@moslora/images';
import type { LlavaLayout } from './layout';
import { partPlace } from './part-place';

/** The parts of a LLaVA that is put together for the first time. */
export interface LlavaPartFolders {
  /** Folder of a decoder. */
  base: string;
  /** Folder of a vision tower. */
  tower: string;
  /** A saved projector: a safetensors file, or a folder with one; left out for a fresh one. */
  projector?: string | undefined;
  /** Hidden state(s) of the tower; -2. */
  featureLayer?: number | number[];
  featureSelect?: 'default' | 'full';
}

/** A LLaVA-1.5 from a tower folder and a decoder folder: pictures padded to squares, `linear_2(gelu(linear_1(x)))` between the two. */
export function partsLayout({ base, tower, projector, featureLayer, featureSelect }: LlavaPartFolders): LlavaLayout {
  return {
    name: 'parts',
    decoder: partPlace(base),
    tower: partPlace(tower),
    projector: { weights: projector, activation: 'gelu' },
    featureLayer: featureLayer ?? -2,
    featureSelect: featureSelect ?? 'default',
    imageTokenId: undefined,
    tokenizer: base,
    processor: () => padded(readPreprocessorConfig(tower)),
  };
}
