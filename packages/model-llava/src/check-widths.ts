import type { DecoderShape } from '@moslora/decoder';
import { fail, type Problem } from '@moslora/specs';
import type { TowerConfig } from '@moslora/vision-encoder';
import type { LlavaLayout } from './layouts/layout';
import type { FoundProjector } from './projector/find-projector';

/** Holds a saved projector against the widths of tower and decoder, those that are known. @throws UserError where it does not fit */
export function checkWidths(
  { featureLayer, decoder: { where } }: LlavaLayout,
  found: { tower?: TowerConfig; projector?: FoundProjector; decoder?: DecoderShape },
): void {
  const { tower, projector, decoder } = found;
  if (projector === undefined) return;
  const problems: Problem[] = [];
  const features = tower && tower.hiddenSize * [featureLayer].flat().length;
  if (features !== undefined && projector.visionSize !== features)
    problems.push({
      what: "The projector does not fit the tower's features",
      where,
      got: `width ${projector.visionSize}`,
      expected: String(features),
    });
  if (decoder && projector.hiddenSize !== decoder.hiddenSize)
    problems.push({
      what: 'The projector does not fit the decoder',
      where,
      got: `width ${projector.hiddenSize}`,
      expected: String(decoder.hiddenSize),
    });
  if (problems.length > 0) fail(problems);
}
