import { partsOf, type ModelPart } from '@moslora/specs';
import { planSteps, ratesOf, type Rates } from '@moslora/training';
import { estimateTuning, type StageEstimate } from '../estimate/estimate-stage';
import type { PartSizes } from '../estimate/learning-sizes';
import { findGiven } from '../stages/given-paths';
import { partGroup } from '../tuning/part-groups';
import type { TuningContext } from '../tuning/tuning-setup';
import { measureStep, type Measured } from './measure-step';
import { productRate } from './product-rate';

/** What will learn of a part. */
export interface PlannedPart extends Rates {
  mode: PartSizes['mode'];
  values: number;
  mixers: number;
  /** Method and rank of an adapter. */
  adapter?: string;
  /** Module paths with an adapter. */
  places: string[];
}

/** What a tuning stage will do, in figures. */
export interface TrainingPlan {
  stage: string;
  parts: Record<ModelPart, PlannedPart>;
  /** What has to be got first, each with its fix. */
  missing: string[];
  memory: StageEstimate;
  samplesPerStep: number;
  /** Undefined where neither the settings nor the data say so. */
  steps: number | undefined;
  secondsPerStep: number;
  /** A step that was made here; else why none was, and the seconds are the products at the rate of a plain one. */
  measured: Measured;
}

export interface PlanOptions {
  /** Bytes of this process before anything is loaded. */
  runtime: number;
  /** The stage's place in its file. */
  where: string;
  pipelineFolder: string;
  measure: boolean;
}

/** Plans one tuning stage. */
export async function planTraining(context: TuningContext, options: PlanOptions): Promise<TrainingPlan> {
  const { config, stage } = context;
  const { train } = config;
  const memory = await estimateTuning(context, options.runtime);
  const missing = findGiven(config, options).missing.map(
    ({ what, got, fix }) => `${what}: ${got}${fix ? ` (${fix})` : ''}`,
  );
  const measured = await measuredStep(context, memory, { ...options, missing });
  const known = memory.samples ?? (train.steps === undefined ? undefined : 1);
  return {
    ...{ stage, missing, memory, measured, parts: plannedParts(context, memory) },
    samplesPerStep: train.batchSize * train.accumulate,
    steps: known === undefined ? undefined : planSteps(known, train).steps,
    secondsPerStep: 'seconds' in measured ? measured.seconds : estimatedSeconds(context, memory),
  };
}

function measuredStep(
  context: TuningContext,
  { peak }: StageEstimate,
  { measure, missing }: { measure: boolean; missing: readonly string[] },
): Measured | Promise<Measured> {
  if (!measure) return { reason: 'no steps were asked for' };
  if (missing.length > 0) return { reason: 'not all that it needs is here' };
  return measureStep(context, peak.total);
}

function plannedParts({ config }: TuningContext, { learning }: StageEstimate): Record<ModelPart, PlannedPart> {
  const parts = partsOf(config);
  const planned = (part: ModelPart): PlannedPart => {
    const training = parts[part];
    const { mode, values, mixers, places } = learning![part];
    const own = training.mode === 'frozen' ? {} : training;
    const group = partGroup(part, mode === 'adapter' ? 'adapter' : 'full');
    const rates = ratesOf(group, config.train, { [group]: own });
    const adapter = training.mode === 'adapter' && `${training.adapter.method} of rank ${training.adapter.rank}`;
    const paths = places.map(({ path }) => path);
    return { mode, values, mixers, places: paths, ...rates, ...(adapter && { adapter }) };
  };
  return { tower: planned('tower'), projector: planned('projector'), decoder: planned('decoder') };
}

/**
 * Products of a step at the rate of one product here: forward; backward as much for inputs, as much again for weights that learn in
 * full, and a second forward with gradient checkpointing. Adapters' own are left out, as is all that is no product.
 */
function estimatedSeconds({ config }: TuningContext, { work, precision }: StageEstimate): number {
  const { tower, decoder } = partsOf(config);
  const { accumulate, gradientCheckpointing } = config.train;
  const times = (mode: string): number => 2 + (mode === 'full' ? 1 : 0) + (gradientCheckpointing ? 1 : 0);
  const inTower = tower.mode !== 'frozen' ? times(tower.mode) : config.features.keep ? 0 : 1;
  const products = work!.products.decoder * times(decoder.mode) + work!.products.tower * inTower;
  return (accumulate * products) / productRate(precision);
}
