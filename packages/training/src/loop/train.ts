import { giveBackMemory } from '@moslora/kernels';
import { fail, type TrainConfig } from '@moslora/specs';
import type { TrainResult } from './progress';
import type { TrainOptions } from './train-options';
import { TrainingRun } from './training-run';

/**
 * Trains to the end of the plan, going on from the newest whole checkpoint in `runDir` (or as `resume` says). One step: gradients of the
 * summed loss over `accumulate` batches, divided by their label tokens, clipped by global norm, AdamW. Afterwards the parameters hold the
 * outcome: the last step's weights or their moving average, or those of the least validation loss.
 */
export async function train<Batch>(options: TrainOptions<Batch>): Promise<TrainResult> {
  const { config, signal, validation } = options;
  const run = new TrainingRun(options);
  const { state, plan, record } = run;
  giveBackMemory();
  try {
    while (!run.finished && !signal?.aborted) {
      const progress = await run.step();
      if (state.step % config.logEvery === 0 || state.step === plan.steps) record.step(progress, run.mixers());
      options.onProgress?.(progress);
      if (state.step === run.resumedFrom + 1) giveBackMemory();
      if (state.skipsInARow >= config.stopAfterSkips) failDiverged(state.step, config);
      if (run.validationDue) await run.validate();
      if (state.step % config.checkpointEvery === 0 || run.finished) await run.save();
      // Signals are delivered between turns of the event loop; the tensor work above is synchronous.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!run.finished) await run.save();
    return {
      steps: state.step,
      interrupted: !run.finished,
      resumedFrom: run.resumedFrom,
      skippedSteps: state.skippedSteps,
      tokens: state.tokens,
      seconds: state.seconds,
      finalLoss: record.finalLoss(),
      weightsOfStep: run.finished ? run.takeOutcome() : state.step,
      ...(validation && { validation: { best: state.validation.best, stoppedEarly: state.validation.stopped } }),
    };
  } finally {
    run.dispose();
  }
}

function failDiverged(step: number, config: TrainConfig): never {
  fail({
    what: `Training diverged: ${config.stopAfterSkips} steps in a row had a loss or gradient that is not a finite number`,
    where: `step ${step}`,
    fix: `lower learningRate (now ${config.learningRate}) or raise warmup (now ${config.warmup})`,
  });
}
