import { join } from 'node:path';
import { globalNorm } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import { fail, type TrainConfig } from '@moslora/specs';
import type { BatchSource } from '../batch-source';
import { orderOf } from '../sample-order';
import { CheckpointFolder } from '../checkpoints/checkpoint-folder';
import type { CheckpointState } from '../checkpoints/checkpoint-state';
import { MetricsLog } from '../metrics/metrics-log';
import { TensorboardWriter } from '../metrics/tensorboard';
import { AdamW } from '../optimizer/adamw';
import { learningRateFactor } from '../schedule';
import type { Trainable } from '../trainable';
import { accumulate } from './accumulate';
import type { TrainProgress, TrainResult } from './progress';
import { planSteps } from './step-plan';

/** After this many non-finite steps in a row the run stops: it will not recover by itself. */
const mostSkipsInARow = 5;

/** Steps after the present one that a source is told of: enough that a step with slow pictures has the time of several to get them. */
export const stepsAhead = 4;

export interface TrainOptions<Batch> {
  trainable: Trainable<Batch>;
  source: BatchSource<Batch>;
  config: TrainConfig;
  /** Holds checkpoints/, metrics.jsonl and tensorboard/. */
  runDir: string;
  /** Says what is trained on what; a checkpoint with another identity is not continued. */
  identity: string;
  onProgress?: (progress: TrainProgress) => void;
  log?: (line: string) => void;
  /** When aborted, the step under way is finished, a checkpoint is written and the run returns. */
  signal?: AbortSignal;
}

/**
 * Trains to the end of the plan, going on from the newest whole checkpoint in `runDir`.
 * One step: gradients of the summed loss over `accumulate` batches, divided by their label tokens, clipped by global norm, AdamW.
 */
export async function train<Batch>(options: TrainOptions<Batch>): Promise<TrainResult> {
  const { trainable, source, config, runDir, identity, log = () => {} } = options;
  const parameters = trainable.parameters();
  if (parameters.length === 0) fail({ what: 'Nothing to train: every parameter is frozen' });
  const plan = planSteps(source.size, config);
  const order = orderOf(source, config);
  const optimizer = new AdamW(parameters, config, ({ group }) =>
    group === 'projector' ? (config.projectorLearningRate ?? config.learningRate) : config.learningRate,
  );
  const checkpoints = new CheckpointFolder(join(runDir, 'checkpoints'));
  const metrics = new MetricsLog(join(runDir, 'metrics.jsonl'));
  const restored = checkpoints.restore(identity, parameters, optimizer, log);
  const state: CheckpointState = restored ?? {
    version: 1,
    identity,
    step: 0,
    position: 0,
    updates: 0,
    skippedSteps: 0,
    tokens: 0,
    seconds: 0,
  };
  if (restored) log(`going on from the checkpoint at step ${restored.step} of ${plan.steps}`);
  metrics.cutBackTo(state.step);
  const resumedFrom = state.step;
  const tensorboard = new TensorboardWriter(join(runDir, 'tensorboard'));
  let skipsInARow = 0;
  let savedAt = restored ? state.step : -1;
  const save = async () => {
    if (savedAt === state.step) return;
    await checkpoints.save({ ...state }, parameters, optimizer, config.keepCheckpoints);
    savedAt = state.step;
  };

  try {
    while (state.step < plan.steps && !options.signal?.aborted) {
      const startedAt = performance.now();
      const until = Math.min(state.position + plan.samplesPerStep, plan.samples);
      const known = Math.min(until + stepsAhead * plan.samplesPerStep, plan.samples);
      source.ahead?.(order.slice(state.position, known));
      const sum = await accumulate(
        trainable,
        source,
        order.slice(state.position, until),
        config.batchSize,
        optimizer,
        state.step,
      );
      const normOfSum = tf.tidy(() => globalNorm(sum.gradients.flat()).dataSync()[0] as number);
      const gradientNorm = normOfSum / sum.tokens;
      const loss = sum.loss / sum.tokens;
      const rateFactor = learningRateFactor(state.step, plan.steps, config);
      if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) {
        const clip = Math.min(1, config.clipNorm / (gradientNorm + 1e-6));
        optimizer.step(sum.gradients, state.updates, rateFactor, clip / sum.tokens);
        state.updates++;
        skipsInARow = 0;
      } else {
        state.skippedSteps++;
        log(`step ${state.step + 1}: loss ${loss}, gradient norm ${gradientNorm}; step skipped`);
        if (++skipsInARow >= mostSkipsInARow) failDiverged(state.step + 1, config);
      }
      tf.dispose(sum.gradients);
      const seconds = (performance.now() - startedAt) / 1000;
      state.step++;
      state.position = until;
      state.tokens += sum.tokens;
      state.seconds += seconds;
      const learningRate = config.learningRate * rateFactor;
      const progress: TrainProgress = {
        step: state.step,
        total: plan.steps,
        loss,
        learningRate,
        gradientNorm,
        tokens: sum.tokens,
        seconds,
      };
      if (state.step % config.logEvery === 0 || state.step === plan.steps) {
        metrics.append({ step: state.step, loss, learningRate, gradientNorm, tokens: sum.tokens, seconds });
        tensorboard.scalars(state.step, {
          'train/loss': loss,
          'train/learning_rate': learningRate,
          'train/gradient_norm': gradientNorm,
          'train/tokens_per_second': sum.tokens / seconds,
        });
      }
      options.onProgress?.(progress);
      if (state.step % config.checkpointEvery === 0 || state.step === plan.steps) await save();
      // Signals are delivered between turns of the event loop; the tensor work above is synchronous.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (state.step < plan.steps) await save();
  } finally {
    optimizer.dispose();
  }
  const lastLosses = metrics
    .read()
    .slice(-10)
    .map((line) => line.loss);
  return {
    steps: state.step,
    interrupted: state.step < plan.steps,
    resumedFrom,
    skippedSteps: state.skippedSteps,
    tokens: state.tokens,
    seconds: state.seconds,
    finalLoss: lastLosses.reduce((total, loss) => total + loss, 0) / Math.max(1, lastLosses.length),
  };
}

function failDiverged(step: number, config: TrainConfig): never {
  fail({
    what: `Training diverged: ${mostSkipsInARow} steps in a row had a loss or gradient that is not a finite number`,
    where: `step ${step}`,
    fix: `lower learningRate (now ${config.learningRate}) or raise warmup (now ${config.warmup})`,
  });
}
