import { join } from 'node:path';
import { giveBackMemory } from '@moslora/kernels';
import { fail, type MixerReading } from '@moslora/specs';
import { CheckpointFolder } from '../checkpoints/checkpoint-folder';
import type { CheckpointState } from '../checkpoints/checkpoint-state';
import { chooseCheckpoint } from '../checkpoints/choose-checkpoint';
import { findDamage } from '../checkpoints/manifest';
import { assignValues, readAverage, readMoments, readParameters } from '../checkpoints/tensor-files';
import { AdamW } from '../optimizer/adamw';
import { ratesOf } from '../optimizer/group-rates';
import { MovingAverage } from '../optimizer/moving-average';
import { epochLength, orderOf, type SampleOrder } from '../sample-order';
import { learningRateFactor } from '../schedule';
import { noteLoss, notValidated } from '../validation/note-loss';
import { meanLoss } from '../validation/validation';
import { accumulate } from './accumulate';
import { optimizerStep } from './optimizer-step';
import type { TrainProgress } from './progress';
import { StepRecord } from './step-record';
import { planSteps, type StepPlan } from './step-plan';
import type { TrainOptions } from './train-options';

/** Steps after the present one that a source is told of: enough that a step with slow pictures has the time of several to get them. */
export const stepsAhead = 4;

/** A training run: what it learns with, where it is, and what it can do next. {@link train} says in which order. */
export class TrainingRun<Batch> {
  readonly plan: StepPlan;
  readonly state: CheckpointState;
  readonly resumedFrom: number;
  readonly record: StepRecord;
  private readonly order: SampleOrder;
  private readonly optimizer: AdamW;
  private readonly average: MovingAverage | undefined;
  private readonly checkpoints: CheckpointFolder;
  private savedAt = -1;

  /** Goes on from the checkpoint that `options.resume` chooses, or starts. */
  constructor(private readonly options: TrainOptions<Batch>) {
    const { source, config, runDir, resume = 'auto', log = () => {} } = options;
    const { parameters } = this;
    if (parameters.length === 0) fail({ what: 'Nothing to train: every parameter is frozen' });
    this.plan = planSteps(epochLength(source), config);
    this.order = orderOf(source, config);
    this.checkpoints = new CheckpointFolder(join(runDir, 'checkpoints'));
    const fresh = this.fresh();
    const orderAt = (position: number) => this.order.digest(position);
    const chosen = chooseCheckpoint(this.checkpoints, resume, { ...fresh, orderAt }, log);
    this.state = chosen?.state ?? fresh;
    this.resumedFrom = this.state.step;
    if (chosen) assignValues(parameters, readParameters(chosen.folder), chosen.folder);
    this.optimizer = new AdamW(parameters, config, ({ group }) => ratesOf(group, config, options.rates));
    this.average = config.emaDecay === undefined ? undefined : new MovingAverage(parameters, config.emaDecay);
    if (chosen) {
      this.optimizer.restore(readMoments(chosen.folder, this.state.updates));
      if (this.average) assignValues(this.average.named(), readAverage(chosen.folder) ?? new Map(), chosen.folder);
      this.savedAt = this.state.step;
      log(`going on from the checkpoint at step ${this.state.step} of ${this.plan.steps}`);
      this.fitToPlan(log);
    }
    this.record = new StepRecord(runDir, this.state.step);
  }

  /** Whether all steps are made, or validation says that more are of no use. */
  get finished(): boolean {
    return this.state.step >= this.plan.steps || this.state.validation.stopped;
  }

  /** Makes the next optimiser step. @throws UserError where too many in a row had to be skipped */
  async step(): Promise<TrainProgress> {
    const startedAt = performance.now();
    const { plan, state, order } = this;
    const { trainable, source, config, log } = this.options;
    const until = Math.min(state.position + plan.samplesPerStep, plan.samples);
    const known = Math.min(until + stepsAhead * plan.samplesPerStep, plan.samples);
    source.ahead?.(order.slice(state.position, known));
    const indices = order.slice(state.position, until);
    const sums = await accumulate(trainable, source, indices, config.batchSize, state.step);
    const { rateFactor } = state;
    const { clipNorm } = config;
    const { loss, gradientNorm, updated } = optimizerStep(sums, this.optimizer, { rateFactor, clipNorm });
    const seconds = (performance.now() - startedAt) / 1000;
    state.step++;
    state.position = until;
    state.rateFactor = learningRateFactor(state.step, plan.steps, config);
    state.tokens += sums.tokens;
    state.seconds += seconds;
    if (updated) {
      state.updates++;
      state.skipsInARow = 0;
      this.average?.update(state.updates);
    } else {
      state.skippedSteps++;
      state.skipsInARow++;
      log?.(`step ${state.step}: loss ${loss}, gradient norm ${gradientNorm}; step skipped`);
    }
    const learningRate = config.learningRate * rateFactor;
    return {
      ...{ step: state.step, total: plan.steps, loss, learningRate, gradientNorm, tokens: sums.tokens, seconds },
      ...(!updated && { skipped: true as const }),
    };
  }

  /** Where the mixers stand, if they are to be read now. */
  mixers(): MixerReading | undefined {
    const { step } = this.state;
    const due = step === 1 || step % this.options.config.mixerEvery === 0 || step === this.plan.steps;
    return due ? this.options.mixers?.() : undefined;
  }

  /** Whether the held-out data is to be looked at now. */
  get validationDue(): boolean {
    const every = this.options.validation?.settings.every;
    return every !== undefined && (this.state.step % every === 0 || this.state.step === this.plan.steps);
  }

  /** Measures the validation loss, of the average where there is one, notes it, and keeps a checkpoint of the best. */
  async validate(): Promise<void> {
    const { validation, trainable, config, log } = this.options;
    if (!validation) return;
    const { state, average } = this;
    const began = performance.now();
    const measure = async () => {
      const measured = await meanLoss(trainable, validation.source, config.batchSize, state.step);
      return { ...measured, examples: await validation.examples?.() };
    };
    const { loss, tokens, examples } = await (average ? average.during(measure) : measure());
    state.validation = noteLoss(state.validation, { step: state.step, loss }, validation.settings);
    const best = state.validation.best?.step === state.step;
    this.record.validation({
      ...{ step: state.step, loss: Number.isFinite(loss) ? loss : null, tokens },
      ...{ seconds: (performance.now() - began) / 1000, best, ...(examples && { examples }) },
    });
    const against = best ? 'the least so far' : `the least was ${spellBest(state)}`;
    log?.(`step ${state.step}: validation loss ${loss.toFixed(4)}, ${against}`);
    if (state.validation.stopped)
      log?.(`stopping early: no better validation loss ${state.validation.sinceBest} times`);
    if (best || state.validation.stopped) await this.save();
  }

  async save(): Promise<void> {
    const { state, average, optimizer, parameters } = this;
    if (this.savedAt === state.step) return;
    const { config, texts = {} } = this.options;
    const order = this.order.digest(state.position);
    giveBackMemory(); // copies of all that learns and of its moments take the place of a step's arrays
    await this.checkpoints.save(
      {
        ...{ state: { ...state, order }, parameters, moments: optimizer.moments(), average: average?.values() },
        texts: { 'config.json': `${JSON.stringify(config, null, 2)}\n`, ...texts },
      },
      config.keepCheckpoints,
    );
    this.savedAt = state.step;
  }

  /** Gives the parameters the weights that are the run's outcome. Gives their step. */
  takeOutcome(): number {
    const { validation, log } = this.options;
    const { best } = this.state.validation;
    this.average?.apply();
    if (validation?.settings.take !== 'best' || best === undefined || best.step === this.state.step)
      return this.state.step;
    const folder = this.checkpoints.pathOf(best.step);
    const damage = findDamage(folder);
    if (damage !== undefined) {
      log?.(`warning: the best checkpoint, ${folder}, is damaged (${damage}); the last step's weights are taken`);
      return this.state.step;
    }
    assignValues(this.parameters, readAverage(folder) ?? readParameters(folder), folder);
    log?.(`taking the weights of step ${best.step}, which had the least validation loss (${best.loss.toFixed(4)})`);
    return best.step;
  }

  dispose(): void {
    this.optimizer.dispose();
    this.average?.dispose();
  }

  /** Where the run has become longer or shorter since, its schedule is laid over the new length. */
  private fitToPlan(log: (line: string) => void): void {
    const { state, plan } = this;
    if (state.steps === plan.steps) return;
    log(
      `the run was to have ${state.steps} steps and now has ${plan.steps}: from here on it is not what it would have been`,
    );
    state.steps = plan.steps;
    state.rateFactor = learningRateFactor(state.step, plan.steps, this.options.config);
  }

  private get parameters() {
    return this.options.trainable.parameters();
  }

  private fresh(): CheckpointState {
    const { config, identity } = this.options;
    return {
      ...{ version: 2, identity, seed: config.seed, step: 0, steps: this.plan.steps, position: 0 },
      rateFactor: learningRateFactor(0, this.plan.steps, config),
      order: this.order.digest(0),
      ...{ updates: 0, skippedSteps: 0, skipsInARow: 0, tokens: 0, seconds: 0 },
      validation: notValidated,
    };
  }
}

function spellBest({ validation: { best } }: CheckpointState): string {
  return best ? `${best.loss.toFixed(4)} at step ${best.step}` : 'none';
}
