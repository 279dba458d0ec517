import { Projector } from '@moslora/model-llava';
import { partsOf } from '@moslora/specs';
import type { TrainProgress } from '@moslora/training';
import type { Metrics } from '../stages/stage';
import { validationOf } from './held-out';
import { learningModel } from './learning-model';
import { runTraining } from './run-training';
import { projectorFile } from './stage-outputs';
import { setUpTuning, type TuningContext, type TuningSetup } from './tuning-setup';

/** Trains what an align or instruct stage says and writes it. @param onStep told of every step; what it throws ends the training */
export async function tune(context: TuningContext, onStep?: (progress: TrainProgress) => void): Promise<Metrics> {
  const setup = await setUpTuning(context);
  try {
    if (context.signal.aborted) return {};
    const { model, rates, trained, adapterParameters, mixers, save } = learningModel(
      context,
      setup,
      projectorOf(context, setup),
    );
    const identity = `${context.config.kind} ${JSON.stringify(partsOf(context.config))}`;
    const result = await runTraining(context, identity, model, setup.source, {
      ...{ rates, validation: validationOf(model, setup.heldOut), mixers, texts: setup.texts },
      ...(onStep && { onStep }),
    });
    if (!context.signal.aborted) await save();
    return { ...result, ...setup.measured(), adapterParameters, parts: trained };
  } finally {
    await setup.close();
  }
}

/** The projector that training starts from: the one that is named, else fresh weights. */
function projectorOf(context: TuningContext, { visionSize, decoder }: TuningSetup): Projector {
  const { projector } = context.config;
  if (projector) return Projector.open(projectorFile(context, projector));
  return Projector.initialise({ visionSize, hiddenSize: decoder.config.hiddenSize, bias: true }, context.seed);
}
