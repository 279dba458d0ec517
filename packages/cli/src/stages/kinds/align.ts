import { Projector } from '@moslora/model-llava';
import { decoderPackage } from '../../tuning/decoder-package';
import { projectorFile } from '../../tuning/stage-outputs';
import { tune } from '../../tuning/tune';
import type { Stage } from '../stage';

/** LLaVA stage 1: a projector, fresh unless one is named, learns to speak to the frozen decoder, on captions. */
export const stage: Stage<'align'> = {
  kind: 'align',
  tensors: true,
  resumable: true,
  packages: (given) => decoderPackage(given, given.config.base),
  run: (context) =>
    tune(context, 'align', ({ visionSize, decoder }) => {
      const { projector } = context.config;
      if (projector) return Projector.open(projectorFile(context, projector));
      return Projector.initialise({ visionSize, hiddenSize: decoder.config.hiddenSize, bias: true }, context.seed);
    }),
};
