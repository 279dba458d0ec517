import { join } from 'node:path';
import { LlavaModel, Projector } from '@moslora/model-llava';
import { decoderPackage } from '../../tuning/decoder-package';
import { validationOf } from '../../tuning/held-out';
import { outputs } from '../../tuning/stage-outputs';
import { setUpTuning } from '../../tuning/tuning-setup';
import { runTraining } from '../../tuning/run-training';
import type { Stage } from '../stage';

/** LLaVA stage 1: a fresh projector learns to speak to the frozen decoder, on captions. */
export const stage: Stage<'align'> = {
  kind: 'align',
  tensors: true,
  resumable: true,
  packages: (given) => decoderPackage(given, given.config.base),
  async run(context) {
    const { config, workDir, signal } = context;
    const setup = await setUpTuning(context);
    try {
      if (signal.aborted) return {};
      const shape = { visionSize: setup.visionSize, hiddenSize: setup.decoder.config.hiddenSize, bias: true };
      const projector = Projector.initialise(shape, context.seed);
      const model = new LlavaModel({
        projector,
        decoder: setup.decoder,
        checkpointing: config.train.gradientCheckpointing,
      });
      const trained = await runTraining(context, 'align', model, setup.source, {
        validation: validationOf(model, setup.heldOut),
        texts: setup.texts,
      });
      if (!signal.aborted) await projector.save(join(workDir, outputs.projector));
      return { ...trained, ...setup.measured() };
    } finally {
      await setup.close();
    }
  },
};
