import type { ParameterGroup } from '@moslora/nn';
import type { TrainConfig } from '@moslora/specs';

/** What parameters are updated with besides the settings that all share. */
export interface Rates {
  /** Peak learning rate, before a parameter's `rateFactor` and the schedule. */
  learningRate: number;
  /** Decoupled weight decay. */
  weightDecay: number;
}

/** Rates of the groups that have their own. */
export type GroupRates = Partial<Record<ParameterGroup, Partial<Rates>>>;

/** The rates of a group: its own, else the run's; the projector has a learning rate in the run's settings. */
export function ratesOf(group: ParameterGroup, config: TrainConfig, own: GroupRates = {}): Rates {
  const usual = group === 'projector' ? (config.projectorLearningRate ?? config.learningRate) : config.learningRate;
  return {
    learningRate: own[group]?.learningRate ?? usual,
    weightDecay: own[group]?.weightDecay ?? config.weightDecay,
  };
}
