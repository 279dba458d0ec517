import { decoderPackage } from '../../tuning/decoder-package';
import { tune } from '../../tuning/tune';
import type { Stage } from '../stage';

/** LLaVA stage 2: adapters on the decoder's projections and the projector learn from conversations, or what `parts` says. */
export const stage: Stage<'instruct'> = {
  kind: 'instruct',
  tensors: true,
  resumable: true,
  packages: (given) => decoderPackage(given, given.config.base),
  run: (context) => tune(context),
};
