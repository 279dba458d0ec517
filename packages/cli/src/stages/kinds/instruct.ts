import { join } from 'node:path';
import { injectAdapters, readMixers } from '@moslora/adapters';
import { LlavaModel, Projector } from '@moslora/model-llava';
import { Rng } from '@moslora/runtime';
import { writeTemplate } from '@moslora/tokenization';
import { validationOf } from '../../tuning/held-out';
import { decoderPackage } from '../../tuning/decoder-package';
import { outputs, projectorFile } from '../../tuning/stage-outputs';
import { setUpTuning } from '../../tuning/tuning-setup';
import { runTraining } from '../../tuning/run-training';
import type { Stage } from '../stage';

/** LLaVA stage 2: adapters on the decoder's projections and the projector learn from conversations. */
export const stage: Stage<'instruct'> = {
  kind: 'instruct',
  tensors: true,
  resumable: true,
  packages: (given) => decoderPackage(given, given.config.base),
  async run(context) {
    const { config, workDir, log, signal } = context;
    const setup = await setUpTuning(context);
    try {
      if (signal.aborted) return {};
      const projector = Projector.open(projectorFile(context, config.projector));
      const adapters = injectAdapters(setup.decoder.slots(), config.adapter, new Rng(context.seed, 'adapter'));
      const model = new LlavaModel({
        projector,
        decoder: setup.decoder,
        trainProjector: config.trainProjector,
        checkpointing: config.train.gradientCheckpointing,
      });
      model.adapters = adapters;
      log(
        `${config.adapter.method} of rank ${config.adapter.rank}: ${adapters.count} parameters in ${adapters.modules().length} places`,
      );
      const trained = await runTraining(context, `instruct ${JSON.stringify(config.adapter)}`, model, setup.source, {
        validation: validationOf(model, setup.heldOut),
        mixers: () => readMixers(adapters.learningMixers()),
        texts: setup.texts,
      });
      if (!signal.aborted) {
        await projector.save(join(workDir, outputs.projector));
        await adapters.save(join(workDir, outputs.adapter), { baseModel: context.input(config.base) });
        writeTemplate(join(workDir, outputs.adapter), setup.template);
      }
      return { ...trained, ...setup.measured(), adapterParameters: adapters.count };
    } finally {
      await setup.close();
    }
  },
};
