import { decoderPackage } from '../../tuning/decoder-package';
import { tune } from '../../tuning/tune';
import type { Stage } from '../stage';

/** LLaVA stage 1: a projector, fresh unless one is named, learns to speak to the frozen decoder, on captions; or what `parts` says. */
export const stage: Stage<'align'> = {
  kind: 'align',
  tensors: true,
  resumable: true,
  packages: (given) => decoderPackage(given, given.config.base),
  run: (context) => tune(context),
};
