import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { TrainConfig } from '@moslora/specs';
import { ParameterPack } from './parameter-pack';

type AdamWSettings = Pick<TrainConfig, 'betas' | 'epsilon' | 'weightDecay'>;

interface Group {
  pack: ParameterPack;
  learningRate: number;
  firstMoment: tf.Tensor1D;
  secondMoment: tf.Tensor1D;
}

/** One float32 array per parameter name, for the first and the second moment. */
export interface Moments {
  first: Map<string, Float32Array>;
  second: Map<string, Float32Array>;
}

/**
 * AdamW as PyTorch computes it (decoupled decay, bias-corrected, epsilon outside the root):
 *   p ← p·(1 − lr·wd);  m ← β1·m + (1−β1)·g;  v ← β2·v + (1−β2)·g²;  p ← p − lr/(1−β1ᵗ) · m / (√v/√(1−β2ᵗ) + ε)
 * Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
 */
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
      return { pack, learningRate, firstMoment: tf.zeros([pack.size]), secondMoment: tf.zeros([pack.size]) };
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
    const [beta1, beta2] = this.settings.betas;
    const correction1 = 1 - beta1 ** (step + 1);
    const correction2 = Math.sqrt(1 - beta2 ** (step + 1));
    this.groups.forEach((group, index) => {
      const rate = group.learningRate * rateFactor;
      const [first, second, values] = tf.tidy(() => {
        const gradient = (flatGradients[index] as tf.Tensor1D).mul<tf.Tensor1D>(gradientScale);
        const m = group.firstMoment.mul(beta1).add<tf.Tensor1D>(gradient.mul(1 - beta1));
        const v = group.secondMoment.mul(beta2).add<tf.Tensor1D>(gradient.square().mul(1 - beta2));
        const denominator = v.sqrt().div(correction2).add(this.settings.epsilon);
        const decayed =
          this.settings.weightDecay === 0
            ? group.pack.values()
            : group.pack.values().mul<tf.Tensor1D>(1 - rate * this.settings.weightDecay);
        return [m, v, decayed.sub<tf.Tensor1D>(m.div(denominator).mul(rate / correction1))] as const;
      });
      tf.dispose([group.firstMoment, group.secondMoment]);
      group.firstMoment = first;
      group.secondMoment = second;
      group.pack.assign(values);
      values.dispose();
    });
  }

  moments(): Moments {
    const collect = (of: (group: Group) => tf.Tensor1D) =>
      new Map(this.groups.flatMap((group) => [...group.pack.split(of(group).dataSync<'float32'>())]));
    return { first: collect((group) => group.firstMoment), second: collect((group) => group.secondMoment) };
  }

  restore(moments: Moments): void {
    for (const group of this.groups) {
      const load = (from: Map<string, Float32Array>) => {
        const flat = new Float32Array(group.pack.size);
        for (const [name, piece] of group.pack.split(flat)) piece.set(from.get(name) ?? []);
        return tf.tensor1d(flat);
      };
      tf.dispose([group.firstMoment, group.secondMoment]);
      group.firstMoment = load(moments.first);
      group.secondMoment = load(moments.second);
    }
  }

  dispose(): void {
    for (const group of this.groups) tf.dispose([group.firstMoment, group.secondMoment]);
  }
}
