import { checkTensors, type WeightSource } from '@moslora/checkpoint';
import { isNf4, isNf4Part, nf4Shape } from '@moslora/quantized-base';
import type { DecoderPrefix } from './find-decoder';

/** Tensors of published files that the maths does not read: they follow from the configuration. */
const DERIVED = /rotary_emb\.inv_freq$/;
/** With a decoder at `model.` a LLaVA's other parts may lie under the same path. */
const OTHER_PARTS = /^(vision_tower|multi_modal_projector|mm_projector|image_newline)\b/;

/**
 * Holds the decoder's part of a file against what its configuration asks for.
 * @throws UserError listing all tensors that are missing, have another shape, or that this decoder would not use
 */
export function checkDecoder(
  source: WeightSource,
  expected: ReadonlyMap<string, readonly number[]>,
  { body, head }: DecoderPrefix,
  family: string,
): void {
  const unused = (name: string): boolean =>
    DERIVED.test(name) || OTHER_PARTS.test(name.slice(body.length)) || isNf4Part(name) || name === head;
  checkTensors(source, {
    expected,
    owns: (name) => name.startsWith(body) && !unused(name),
    shapeOf: (name) => (isNf4(source, name) ? nf4Shape(source, name) : source.info(name).shape),
    model: `a ${family} decoder`,
  });
}
