import { updatesInPlace } from '@moslora/kernels';
import type { Parameter } from '@moslora/nn';
import { isNative, type tf } from '@moslora/runtime';
import type { TrainConfig } from '@moslora/specs';
import { InPlaceGroup } from './in-place-group';
import { PackedGroup } from './packed-group';
import type { Moments, UpdateGroup } from './update-group';

export type { Moments } from './update-group';

type AdamWSettings = Pick<TrainConfig, 'betas' | 'epsilon' | 'weightDecay'>;

/** Gradients in the form that {@link AdamW.step} takes: one list per group. They add up element by element. */
export type GroupGradients = tf.Tensor[][];

/** AdamW over named parameters, updated together per learning rate; see `adamwStep` in @moslora/kernels for the formula. */
export class AdamW {
  private readonly groups: { learningRate: number; group: UpdateGroup }[];

  /** @param learningRateOf peak learning rate of a parameter before its `rateFactor`; parameters of equal rate are updated together. */
  constructor(
    parameters: readonly Parameter[],
    private readonly settings: AdamWSettings,
    learningRateOf: (parameter: Parameter) => number,
  ) {
    const byRate = new Map<number, Parameter[]>();
    for (const parameter of parameters) {
      const rate = learningRateOf(parameter) * (parameter.rateFactor ?? 1);
      byRate.set(rate, [...(byRate.get(rate) ?? []), parameter]);
    }
    const Group = isNative() && updatesInPlace() ? InPlaceGroup : PackedGroup;
    this.groups = [...byRate].map(([learningRate, members]) => ({ learningRate, group: new Group(members) }));
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
    this.groups.forEach(({ learningRate, group }, index) => {
      group.step(gradients[index] as tf.Tensor[], {
        ...this.settings,
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
