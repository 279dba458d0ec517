import { withMade, type WeightSource } from '@moslora/checkpoint';
import { decoderValues, visionValues, type GgufDecoderShape, type GgufFile } from '@moslora/gguf';
import { LlavaModel, loadLayout, Projector, textSpeaker, type LlavaLayout } from '@moslora/model-llava';
import type { Decoder } from '@moslora/decoder';
import { hostValues, tf } from '@moslora/runtime';
import { VisionTower } from '@moslora/vision-encoder';
import { batchLogits, compareLogits, fixedBatch, type FixedBatch, type LogitDifference } from '../merging/fixed-batch';
import { modelLogits } from '../merging/model-logits';
import type { ModelPlace } from '../merging/model-place';
import type { Mmproj } from './mmproj';

/** The tensors of a decoder's GGUF file under the names and in the order that the model's own have. */
export function decoderView(
  weights: WeightSource,
  file: GgufFile,
  { shape, family }: { shape: GgufDecoderShape; family: string },
): WeightSource {
  return withMade(weights, (name) => ({
    ...{ dtype: 'F32', shape: weights.info(name).shape },
    values: () => decoderValues(file, name, shape, family),
  }));
}

/** The same of an mmproj file; what it leaves out, features do not depend on. */
function visionView({ weights, shape }: Mmproj, file: GgufFile): WeightSource {
  return withMade(weights, (name) => {
    const values = visionValues(file, name, shape);
    return values && { dtype: 'F32', shape: weights.info(name).shape, values: () => values };
  });
}

/** What base and adapter compute, and what is computed with the tensors of the files. */
export interface GgufDifference {
  logits: LogitDifference;
  /** Of what the decoder gets of two fixed pictures; where there is an mmproj file. */
  pictures?: LogitDifference;
}

/** Computes a fixed batch with base and adapter, and with the decoder of a file. @param load makes that decoder */
export async function compareText(
  { decoder: place }: ModelPlace,
  load: () => Decoder,
  vocabSize: number,
): Promise<GgufDifference> {
  const given = fixedBatch(vocabSize, undefined, undefined);
  const { batch, logits: expected } = await modelLogits({ decoder: place, layout: undefined }, given);
  const decoder = load();
  try {
    return { logits: compareLogits(batchLogits(textSpeaker(decoder), batch), expected, batch.rows.length) };
  } finally {
    decoder.dispose();
  }
}

/** The same with pictures: tower and projector of an mmproj file before the decoder. */
export async function compareSeeing(
  layout: LlavaLayout,
  load: () => Decoder,
  { mmproj, file }: { mmproj: Mmproj; file: GgufFile },
): Promise<GgufDifference> {
  const model = await loadLayout(layout);
  const { choice, imageTokenId } = model;
  let [batch, expected]: [FixedBatch?, Computed?] = [];
  try {
    const { tower, decoder } = model;
    const eyes = { patches: tower!.featureRows(choice), side: tower!.config.imageSize };
    batch = fixedBatch(decoder.config.vocabSize, imageTokenId, eyes);
    expected = computed(model, batch);
  } finally {
    model.dispose();
  }
  const view = visionView(mmproj, file);
  const written = new LlavaModel({
    tower: VisionTower.load(view, mmproj.tower),
    projector: Projector.load(view, { activation: layout.projector.activation }),
    decoder: load(),
    choice,
    ...(imageTokenId !== undefined && { imageTokenId }),
  });
  try {
    const found = computed(written, batch);
    const rows = expected.pictures.length / mmproj.shape.projectionSize;
    return {
      logits: compareLogits(found.logits, expected.logits, batch.rows.length),
      pictures: compareLogits(found.pictures, expected.pictures, rows),
    };
  } finally {
    written.dispose();
  }
}

interface Computed {
  logits: Float32Array;
  /** (I * N, D) */
  pictures: Float32Array;
}

function computed(model: LlavaModel, batch: FixedBatch): Computed {
  const { values, side } = batch.pictures!;
  const pictures = hostValues(() =>
    model.projector.apply(model.features(tf.tensor4d(values, [batch.size, 3, side, side]))),
  );
  return { logits: batchLogits(model, batch), pictures };
}
