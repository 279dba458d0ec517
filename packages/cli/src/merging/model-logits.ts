import {
  loadDecoder,
  loadLayout,
  textSpeaker,
  type LlavaLayout,
  type PartPlace,
  type Speaker,
} from '@moslora/model-llava';
import { batchLogits, fixedBatch, type FixedBatch } from './fixed-batch';

/** A model's parts, for its logits. */
export interface LoadedFrom {
  decoder: PartPlace;
  layout: LlavaLayout | undefined;
}

/** Loads a model with its adapters, computes a fixed batch, and lets it go. Without a batch, the one of the model's shape. */
export async function modelLogits(
  { decoder: place, layout }: LoadedFrom,
  given?: FixedBatch,
): Promise<{ batch: FixedBatch; logits: Float32Array }> {
  if (layout === undefined) {
    const decoder = await loadDecoder(place);
    return computed({
      speaker: textSpeaker(decoder),
      batch: given ?? fixedBatch(decoder.config.vocabSize, undefined, undefined),
      dispose: () => decoder.dispose(),
    });
  }
  const model = await loadLayout(layout);
  const { tower, decoder, choice } = model;
  const eyes = { patches: tower!.featureRows(choice), side: tower!.config.imageSize };
  const batch = given ?? fixedBatch(decoder.config.vocabSize, layout.imageTokenId, eyes);
  return computed({ speaker: model, batch, dispose: () => model.dispose() });
}

function computed({ speaker, batch, dispose }: { speaker: Speaker; batch: FixedBatch; dispose(): void }): {
  batch: FixedBatch;
  logits: Float32Array;
} {
  try {
    return { batch, logits: batchLogits(speaker, batch) };
  } finally {
    dispose();
  }
}
