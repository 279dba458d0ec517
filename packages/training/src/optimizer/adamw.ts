import { updatesInPlace } from '@moslora/kernels';
import type { Parameter } from '@moslora/nn';
import { isNative, type tf } from '@moslora/runtime';
import type { TrainConfig } from '@moslora/specs';
import { InPlaceGroup } from './in-place-group';
import { PackedGroup } from './packed-group';
import type { Rates } from './group-rates';
import type { Moments, UpdateGroup } from './update-group';

export type { Moments } from './update-group';

type AdamWSettings = Pick<TrainConfig, 'betas' | 'epsilon'>;

/** Gradients in the form that {@link AdamW.step} takes: one list per group. They add up element by element. */
export type GroupGradients = tf.Tensor[][];

/** AdamW over named parameters, updated together per learning rate and weight decay; see `adamwStep` in @moslora/kernels for the formula. */
export class AdamW {
  private readonly groups: { rates: Rates; group: UpdateGroup }[];

  /** @param ratesOf of a parameter, before its `rateFactor`; parameters of equal rates are updated together. */
  constructor(
    parameters: readonly Parameter[],
    private readonly settings: AdamWSettings,
    ratesOf: (parameter: Parameter) => Rates,
  ) {
    const byRates = new Map<string, { rates: Rates; members: Parameter[] }>();
    for (const parameter of parameters) {
      const { learningRate, weightDecay } = ratesOf(parameter);
      const rates = { learningRate: learningRate * (parameter.rateFactor ?? 1), weightDecay };
      const key = JSON.stringify([rates.learningRate, weightDecay]);
      const alike = byRates.get(key) ?? { rates, members: [] };
      alike.members.push(parameter);
      byRates.set(key, alike);
    }
    const Group = isNative() && updatesInPlace() ? InPlaceGroup : PackedGroup;
    this.groups = [...byRates.values()].map(({ rates, members }) => ({ rates, group: new Group(members) }));
  }

  /** Gradients by parameter name, taken over: the caller disposes what this gives and not these. Parameters without one count as 0. */
  collect(gradients: ReadonlyMap<string, tf.Tensor>): GroupGradients {
    return this.groups.map(({ group }) => group.collect(gradients));
  }

  /**
   * One update with the groups' gradients times `gradientScale`.
   * @param step number of updates made before this one
   * @param rateFactor the schedule's factor on every group's learning rate
   */
  step(gradients: Readonly<GroupGradients>, step: number, rateFactor: number, gradientScale: number): void {
    this.groups.forEach(({ rates: { learningRate, weightDecay }, group }, index) => {
      group.step(gradients[index] as tf.Tensor[], {
        ...this.settings,
        weightDecay,
        learningRate: learningRate * rateFactor,
        step: step + 1,
        gradientScale,
      });
    });
  }

  moments(): Moments {
    const all = this.groups.map(({ group }) => group.moments());
    return {
      first: new Map(all.flatMap(({ first }) => [...first])),
      second: new Map(all.flatMap(({ second }) => [...second])),
    };
  }

  /** Takes over moments, and the parameters' present values. */
  restore(moments: Moments): void {
    for (const { group } of this.groups) group.restore(moments);
  }

  dispose(): void {
    for (const { group } of this.groups) group.dispose();
  }
}
