import { adamwInPlace, ownMemory, type AdamwMoments } from '@moslora/kernels';
import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { MomentArrays, UpdateGroup } from './update-group';

/** Updates parameters where they lie: beside them and their gradients it needs two moments and nothing else. Native backend only. */
export class InPlaceGroup implements UpdateGroup {
  private readonly held: AdamwMoments[];

  constructor(private readonly parameters: readonly Parameter[]) {
    this.held = parameters.map(({ value }) => {
      const [first, second] = [zeros(value), zeros(value)];
      ownMemory([value, first, second]); // what they came from is free before the first step
      return { first, second };
    });
  }

  step(gradients: ReadonlyMap<string, tf.Tensor>, settings: Parameters<UpdateGroup['step']>[1]): void {
    const values = this.parameters.map(({ value }) => value);
    const inOrder = this.parameters.map(({ name }) => gradients.get(name)!);
    adamwInPlace(values, inOrder, this.held, settings);
  }

  moments(): MomentArrays {
    const collect = (kind: keyof MomentArrays) =>
      new Map(this.parameters.map(({ name }, i) => [name, this.held[i]![kind].dataSync<'float32'>()]));
    return { first: collect('first'), second: collect('second') };
  }

  restore(moments: MomentArrays): void {
    for (const kind of ['first', 'second'] as const) {
      this.parameters.forEach(({ name, value: { shape } }, i) => {
        const data = moments[kind].get(name);
        tf.tidy(() => this.held[i]![kind].assign(data ? tf.tensor(data, shape) : tf.zeros(shape)));
      });
    }
  }

  dispose(): void {
    for (const { first, second } of this.held) tf.dispose([first, second]);
  }
}

function zeros(like: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zerosLike(like)));
}
