import { adamwStep } from '@moslora/kernels';
import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { TrainConfig } from '@moslora/specs';
import { ParameterPack } from './parameter-pack';

type AdamWSettings = Pick<TrainConfig, 'betas' | 'epsilon' | 'weightDecay'>;

/** Parameters with one learning rate, laid end to end. */
interface Group {
  pack: ParameterPack;
  learningRate: number;
  values: tf.Variable;
  moments: { first: tf.Variable; second: tf.Variable };
}

/** One float32 array per parameter name, for the first and the second moment. */
export interface Moments {
  first: Map<string, Float32Array>;
  second: Map<string, Float32Array>;
}

/** AdamW over named parameters, updated together as one vector per learning rate; see {@link adamwStep} for the formula. */
export class AdamW {
  private readonly groups: Group[];

  /** @param learningRateOf peak learning rate of a parameter; parameters of equal rate are updated together. */
  constructor(
    parameters: readonly Parameter[],
    private readonly settings: AdamWSettings,
    learningRateOf: (parameter: Parameter) => number,
  ) {
    const byRate = new Map<number, Parameter[]>();
    for (const parameter of parameters) {
      const rate = learningRateOf(parameter);
      byRate.set(rate, [...(byRate.get(rate) ?? []), parameter]);
    }
    this.groups = [...byRate].map(([learningRate, members]) => {
      const pack = new ParameterPack(members);
      const zeros = () => tf.tidy(() => tf.variable(tf.zeros([pack.size])));
      return {
        pack,
        learningRate,
        values: tf.tidy(() => tf.variable(pack.values())),
        moments: { first: zeros(), second: zeros() },
      };
    });
  }

  /** Gradients by parameter name as one vector per group; parameters without a gradient count as 0. */
  flatten(gradients: ReadonlyMap<string, tf.Tensor>): tf.Tensor1D[] {
    return this.groups.map(({ pack }) =>
      tf.tidy(() => pack.flatten(pack.parameters.map(({ name, value }) => gradients.get(name) ?? tf.zerosLike(value)))),
    );
  }

  /**
   * One update with the groups' flat gradients times `gradientScale`.
   * @param step number of updates made before this one
   * @param rateFactor the schedule's factor on every group's learning rate
   */
  step(flatGradients: readonly tf.Tensor1D[], step: number, rateFactor: number, gradientScale: number): void {
    this.groups.forEach(({ pack, learningRate, values, moments }, index) => {
      adamwStep(values, flatGradients[index] as tf.Tensor1D, moments, {
        ...this.settings,
        learningRate: learningRate * rateFactor,
        step: step + 1,
        gradientScale,
      });
      pack.assign(values as tf.Tensor1D);
    });
  }

  moments(): Moments {
    const collect = (kind: keyof Moments) =>
      new Map(this.groups.flatMap(({ pack, moments }) => [...pack.split(moments[kind].dataSync<'float32'>())]));
    return { first: collect('first'), second: collect('second') };
  }

  /** Takes over moments, and the parameters' present values. */
  restore(moments: Moments): void {
    for (const { pack, values, moments: own } of this.groups) {
      for (const kind of ['first', 'second'] as const) {
        const flat = new Float32Array(pack.size);
        for (const [name, piece] of pack.split(flat)) piece.set(moments[kind].get(name) ?? []);
        tf.tidy(() => own[kind].assign(tf.tensor1d(flat)));
      }
      tf.tidy(() => values.assign(pack.values()));
    }
  }

  dispose(): void {
    for (const { values, moments } of this.groups) tf.dispose([values, moments.first, moments.second]);
  }
}
