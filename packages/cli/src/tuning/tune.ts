import type { Projector } from '@moslora/model-llava';
import { partsOf, type StageConfigOf } from '@moslora/specs';
import type { Metrics, StageContext } from '../stages/stage';
import { validationOf } from './held-out';
import { learningModel } from './learning-model';
import { runTraining } from './run-training';
import { setUpTuning, type TuningSetup } from './tuning-setup';

/** Trains what an align or instruct stage says and writes it. @param projector gives the projector that training starts from */
export async function tune(
  context: StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>,
  kind: 'align' | 'instruct',
  projector: (setup: TuningSetup) => Projector,
): Promise<Metrics> {
  const setup = await setUpTuning(context);
  try {
    if (context.signal.aborted) return {};
    const { model, rates, trained, adapterParameters, save } = learningModel(context, setup, projector(setup));
    const result = await runTraining(
      context,
      `${kind} ${JSON.stringify(partsOf(context.config))}`,
      model,
      setup.source,
      {
        ...{ rates, validation: validationOf(model, setup.heldOut), texts: setup.texts },
      },
    );
    if (!context.signal.aborted) await save();
    return { ...result, ...setup.measured(), adapterParameters, parts: trained };
  } finally {
    await setup.close();
  }
}
